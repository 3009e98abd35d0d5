/** The cookie's way, the three clocks, and the flags. */
import { type Clock, type CookieStep, formatDuration, formatTime, type PanelModel, requestOf } from '../model/index.ts';
import { Glyph, type GlyphName } from './glyphs.tsx';

export function CookieTab({ model }: { model: PanelModel }) {
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
            #{cursor.exchange.number} {method} {path} is still running: no verdict yet.
          </p>
        ) : (
          <p class="lead">
            {lead.record}. <span class={verdict?.due ? 'remove' : ''}>{lead.cookie}.</span>
          </p>
        )}
        {lead && record && <Reason what={lead.record} decision={record} />}
        {lead && verdict && <Reason what={lead.cookie} decision={verdict} />}
        <p class="quiet">{view.sent}</p>
      </section>
      <section class="section" aria-label="The cookie's way">
        <h3>The cookie's way</h3>
        <ol class="chain">
          {view.steps.map((step) => (
            <StepView key={step.name} step={step} />
          ))}
        </ol>
        {stopped && stopped.text !== verdict?.text && stopped.text !== record?.text && (
          <p>
            <b>Stopped at {stopped.title}.</b> {stopped.text}
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
    </div>
  );
}

const isHttps = ({ cursor }: PanelModel) => cursor.value?.exchange.started?.protocol === 'https';

/** Why the library did it, with the setting that decided and what to do about it. */
const Reason = ({
  what,
  decision: { text, setting, mend },
}: {
  what: string;
  decision: { text: string; setting?: string | undefined; mend?: string | undefined };
}) => (
  <p>
    <b>{what}.</b> {text} {setting && <code class="quiet">{setting}</code>}
    {mend && (
      <>
        {' '}
        <b>Mend.</b> {mend}
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
const STEP_WORDS: Record<CookieStep['status'], string> = {
  done: '',
  stopped: 'stopped here',
  none: 'nothing due',
  unknown: 'not known',
};

function StepView({ step }: { step: CookieStep }) {
  const [glyph, tone] = STEP_GLYPHS[step.status];
  return (
    <li title={step.text} class={step.status}>
      <Glyph name={glyph} tone={tone} /> {step.title}{' '}
      {STEP_WORDS[step.status] && (
        <span class={step.status === 'stopped' ? 'remove' : 'quiet'}>{STEP_WORDS[step.status]}</span>
      )}
    </li>
  );
}

function Clocks({ clocks, model }: { clocks: readonly Clock[]; model: PanelModel }) {
  const now = model.clock.value;
  const ends = clocks.flatMap(({ at }) => (typeof at === 'number' ? [at - now] : []));
  const longest = Math.max(...ends, 1);
  return (
    <section class="section" aria-label="Three clocks">
      <h3>
        Three clocks <span class="quiet">from now, {formatTime(now).slice(0, 8)}</span>
      </h3>
      <div class="clocks">
        {clocks.map((clock) => (
          <ClockView key={clock.name} clock={clock} now={now} longest={longest} model={model} />
        ))}
      </div>
    </section>
  );
}

interface ClockProps {
  clock: Clock;
  now: number;
  /** ms: the whole width. */
  longest: number;
  model: PanelModel;
}

function ClockView({ clock, now, longest, model }: ClockProps) {
  const { at, title, isFirst } = clock;
  const left = typeof at === 'number' ? at - now : undefined;
  const words = leftWords(clock, left);
  // With the browser, or never: it has no end on this axis.
  const share = at === undefined ? 0 : left === undefined ? 100 : Math.max(0, (left / longest) * 100);
  return (
    <>
      <span>{title}</span>
      <div class={isFirst ? 'late' : ''} role="img" aria-label={`${title}: ${words}`}>
        <i class={at === null ? 'endless' : ''} style={{ width: `${share}%` }} />
        <span class="void" style={{ left: `${share}%` }} />
      </div>
      <b class={isFirst ? 'time' : ''}>{words}</b>
      <p class="quiet">
        <SetBy clock={clock} model={model} />
      </p>
    </>
  );
}

function leftWords({ at, name }: Clock, left: number | undefined): string {
  if (at === undefined) return 'not known';
  if (at === null) return name === 'store' ? 'never' : 'browser close';
  return left! <= 0 ? 'over' : `${formatDuration(left!)} left`;
}

function SetBy({ clock: { at, setBy, setIn }, model }: { clock: Clock; model: PanelModel }) {
  if (setBy === undefined) return <>{at === undefined ? 'Nothing in this recording set it.' : ''}</>;
  const request = setIn && requestOf(setIn);
  return (
    <>
      {typeof at === 'number' && `until ${formatTime(at).slice(0, 8)}; `}set by {setBy}
      {setIn && request && (
        <>
          {' in '}
          <button
            type="button"
            class="to"
            title="Go to this exchange"
            onClick={() => model.select({ exchange: setIn.id, index: setIn.operations.length })}
          >
            #{setIn.number} {request.method} {request.path}
          </button>
        </>
      )}
    </>
  );
}

type Attributes = NonNullable<NonNullable<NonNullable<PanelModel['cookie']['value']>['verdict']>['attributes']>;

/** RFC 6265bis: browsers drop a cookie whose name and value are longer. */
const MAX_COOKIE_BYTES = 4096;

function Flags({ attributes, isHttps: isSecureRequest }: { attributes: Attributes; isHttps: boolean }) {
  const { httpOnly, secure, sameSite, path, domain, bytes, name } = attributes;
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
        Set-Cookie <code>{name}</code>
      </h3>
      <table class="grid flags">
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>{row.name}</td>
              <td>
                {row.glyph && <Glyph name={row.glyph} tone={FLAG_TONES[row.glyph]} />} {row.value}
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
