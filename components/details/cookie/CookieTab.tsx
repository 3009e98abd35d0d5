/** The cookie path, the expiry of cookie, session and record, and the flags. */
import {
  MAX_COOKIE_BYTES,
  type CookieChange,
  type CookieStep,
  formatTime,
  numberText,
  type PanelModel,
  placeLabel,
  type ReceivedCookie,
  requestOf,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { Glyph, type GlyphName } from '../../parts/glyphs.tsx';
import { visibleText } from '../../parts/visible-text.ts';
import { Clocks } from './Clocks.tsx';
import { SendingForm } from './SendingForm.tsx';
import { WhatIfForm } from './WhatIfForm.tsx';

export function CookieTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const cursor = model.cursor.value;
  const view = model.cookie.value;
  if (cursor === undefined || view === undefined) return <p class="section quiet">Nothing recorded yet.</p>;
  const { verdict, record, lead } = view;
  const { method, path } = requestOf(cursor.exchange);
  const stopped = view.steps.find(({ status }) => status === 'stopped');
  return (
    <div class="body">
      <section class="section" aria-label="Verdict">
        {lead === undefined ? (
          <p class="lead">
            {numberText(cursor.exchange)} {visibleText(`${method} ${path}`)} is still running: no verdict yet.
          </p>
        ) : (
          <p class="lead">
            {lead.record}. <span class={verdict?.due ? 'remove' : ''}>{lead.cookie}.</span>
          </p>
        )}
        {lead && record && <Reason what={lead.record} decision={record} />}
        {lead && verdict && <Reason what={lead.cookie} decision={verdict} />}
        <p class="quiet">{visibleText(view.sent)}</p>
      </section>
      <section class="section" aria-label="Cookie path">
        <h3>Cookie path</h3>
        <ol class="chain">
          {view.steps.map((step) => (
            <StepView key={step.name} step={step} />
          ))}
        </ol>
        {stopped && stopped.text !== verdict?.text && stopped.text !== record?.text && (
          <p>
            <b>Lost at {stopped.title}.</b> {visibleText(stopped.text)}
          </p>
        )}
      </section>
      {view.disagreement && (
        <p class="note">
          <Glyph name="warn" tone="time" /> {view.disagreement}
        </p>
      )}
      <Clocks clocks={view.clocks} model={model} />
      {verdict?.attributes && <Flags attributes={verdict.attributes} isHttps={isHttps(model)} />}
      {view.received && <Received received={view.received} />}
      <SendingForm exchange={cursor.exchange} model={model} actions={actions} />
      <WhatIfForm exchange={cursor.exchange} model={model} />
      <Changes changes={model.cookieChanges.value} />
    </div>
  );
}

/** What stands between server and browser changed, and the rule by which browsers refuse it. */
function Received({ received: { rewrites, fate, rule: refusal } }: { received: ReceivedCookie }) {
  // The jar knows better than the rule.
  const rule = fate?.outcome === 'kept' ? undefined : refusal;
  if (rewrites.length === 0 && rule === undefined) return null;
  return (
    <section class="section" aria-label="As the browser received it">
      <h3>As the browser received it</h3>
      {rule && (
        <p>
          <Glyph name="no" tone="remove" /> {visibleText(rule.text)} <b>Fix.</b> {rule.fix}{' '}
          <code class="quiet">{rule.rule}</code>
        </p>
      )}
      {rewrites.length > 0 && (
        <>
          <p>
            <Glyph name="warn" tone="time" /> A proxy or middleware rewrites the header.
          </p>
          <table class="grid flags">
            <thead>
              <tr>
                <th scope="col">Attribute</th>
                <th scope="col">Server</th>
                <th scope="col">Browser</th>
              </tr>
            </thead>
            <tbody>
              {rewrites.map(({ attribute, server, browser }) => (
                <tr key={attribute}>
                  <td>{attribute}</td>
                  <td>{visibleText(server)}</td>
                  <td>{visibleText(browser)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

const CHANGE_LABELS: Record<CookieChange['kind'], string> = {
  set: 'set',
  replaced: 'replaced by another value',
  deleted: 'deleted',
  expired: 'expired',
  evicted: 'evicted: the jar was full',
};

/** What happened to the cookie in the browser, and no response of the recording did it. */
function Changes({ changes }: { changes: readonly CookieChange[] }) {
  if (changes.length === 0) return null;
  return (
    <section class="section" aria-label="Changed in the browser">
      <h3>Changed in the browser</h3>
      <p class="quiet">By a script, another tab, the user or the browser itself: no response recorded here did it.</p>
      <ul>
        {changes.toReversed().map((change) => (
          <li key={`${change.at} ${change.kind}`}>
            {formatTime(change.at).slice(0, 8)} <code>{visibleText(change.cookie.name)}</code>{' '}
            {CHANGE_LABELS[change.kind]} <span class="quiet">{visibleText(placeLabel(change.cookie))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** As the browser asked: a proxy may speak http to the server. */
function isHttps({ cursor }: PanelModel): boolean {
  const { started, har } = cursor.value?.exchange ?? {};
  return har === undefined ? started?.protocol === 'https' : har.url.startsWith('https:');
}

/** Why the library did it, with the setting that decided and what to do about it. */
const Reason = ({
  what,
  decision: { text, setting, fix },
}: {
  what: string;
  decision: { text: string; setting?: string | undefined; fix?: string | undefined };
}) => (
  <p>
    <b>{what}.</b> {visibleText(text)} {setting && <code class="quiet">{visibleText(setting)}</code>}
    {fix && (
      <>
        {' '}
        <b>Fix.</b> {visibleText(fix)}
      </>
    )}
  </p>
);

const STEP_GLYPHS: Record<CookieStep['status'], readonly [GlyphName, string]> = {
  done: ['yes', 'store'],
  stopped: ['no', 'remove'],
  none: ['untried', 'quiet'],
  unknown: ['waiting', 'quiet'],
};
const STEP_LABELS: Record<CookieStep['status'], string> = {
  done: '',
  stopped: 'lost here',
  none: 'not needed',
  unknown: 'not known',
};

function StepView({ step }: { step: CookieStep }) {
  const [glyph, tone] = STEP_GLYPHS[step.status];
  return (
    <li title={visibleText(step.text)} class={step.status}>
      <Glyph name={glyph} tone={tone} /> {step.title}{' '}
      {STEP_LABELS[step.status] && (
        <span class={step.status === 'stopped' ? 'remove' : 'quiet'}>{STEP_LABELS[step.status]}</span>
      )}
    </li>
  );
}

type Attributes = NonNullable<NonNullable<NonNullable<PanelModel['cookie']['value']>['verdict']>['attributes']>;

function Flags({ attributes, isHttps: isSecureRequest }: { attributes: Attributes; isHttps: boolean }) {
  const { httpOnly, secure, sameSite, path, domain, partitioned, bytes, name } = attributes;
  const isTooLong = bytes > MAX_COOKIE_BYTES;
  const rows: Flag[] = [
    {
      name: 'HttpOnly',
      value: httpOnly ? 'yes' : 'no',
      note: httpOnly ? 'Scripts of the page can not read it.' : 'Scripts of the page can read it.',
      ...(httpOnly ? {} : { glyph: 'warn' }),
    },
    {
      name: 'Secure',
      value: secure ? 'yes' : 'no',
      note: secure
        ? 'Sent over https only (and to localhost).'
        : `Sent over plain http too: ${isSecureRequest ? 'anyone on the way can read it.' : 'fine here, needed on https.'}`,
      ...(secure ? {} : { glyph: isSecureRequest ? 'warn' : 'info' }),
    },
    {
      name: 'SameSite',
      value: sameSite ?? 'absent',
      note: SAME_SITE_NOTES[sameSite ?? 'absent'],
      ...(sameSite === undefined || (sameSite === 'none' && !secure) ? { glyph: 'warn' } : {}),
    },
    {
      name: 'Domain, Path',
      value: `${domain ?? 'this host'}, ${path ?? 'not set'}`,
      note: domain
        ? 'Sent to every host below it, on every port.'
        : 'Sent to every port of this host: cookies ignore ports.',
    },
    ...(partitioned === true
      ? [
          {
            name: 'Partitioned',
            value: 'yes',
            note: secure
              ? 'Kept for each site of the page by itself, and sent below that one alone.'
              : 'Browsers take it with Secure only.',
            ...(secure ? {} : ({ glyph: 'bad' } as const)),
          },
        ]
      : []),
    {
      name: 'Size',
      value: `${bytes} of ${MAX_COOKIE_BYTES} B`,
      note: isTooLong ? 'Too long: browsers drop it.' : '',
      ...(isTooLong ? { glyph: 'bad' } : {}),
    },
  ];
  return (
    <section class="section" aria-label="Flags">
      <h3>
        Set-Cookie <code>{visibleText(name)}</code>
      </h3>
      <table class="grid flags">
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>{row.name}</td>
              <td>
                {row.glyph && <Glyph name={row.glyph} tone={FLAG_TONES[row.glyph]} />} {visibleText(row.value)}
              </td>
              <td class="quiet">{row.note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Flag {
  name: string;
  value: string;
  note: string;
  glyph?: 'bad' | 'warn' | 'info';
}

const FLAG_TONES = { bad: 'remove', warn: 'time', info: 'quiet' } as const;

const SAME_SITE_NOTES = {
  absent: 'Browsers differ in what they make of it: say lax.',
  none: 'Sent cross-site too; browsers take it with Secure only.',
  lax: 'Sent cross-site when a link is followed, not with a form or a fetch.',
  strict: 'Never sent cross-site.',
} as const;
