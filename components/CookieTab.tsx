/** The cookie's way, the three clocks, and the flags. */
import { type Clock, type CookieStep, formatDuration, formatTime, type PanelModel, requestOf } from '../model/index.ts';
import { Glyph, type GlyphName } from './glyphs.tsx';

export function CookieTab({ model }: { model: PanelModel }) {
  const cursor = model.cursor.value;
  const view = model.cookie.value;
  if (cursor === undefined || view === undefined) return <p class="section quiet">Nothing recorded yet.</p>;
  const { verdict, record } = view;
  const { method, path } = requestOf(cursor.exchange);
  return (
    <div class="body">
      <section class="section">
        {verdict === undefined ? (
          <p class="lead">
            #{cursor.exchange.number} {method} {path} is still running: no verdict yet.
          </p>
        ) : (
          <p class={`lead ${verdict.due ? 'bad' : ''}`}>{verdict.text}</p>
        )}
        {record && <p>{record.text}</p>}
        {verdict?.mend && (
          <p>
            <b>Mend.</b> {verdict.mend}
          </p>
        )}
        {verdict?.setting && (
          <p class="quiet">
            Decided by <code>{verdict.setting}</code>
          </p>
        )}
        <p class="quiet">{view.sent}</p>
      </section>
      <section class="section" aria-label="The cookie's way">
        <h3>The cookie's way</h3>
        <ol class="chain">
          {view.steps.map((step) => (
            <StepView key={step.name} step={step} />
          ))}
        </ol>
        {view.steps
          .filter(({ status }) => status === 'stopped')
          .map((step) => (
            <p key={step.name}>
              <b>Stopped at {step.title}.</b> {step.text}
            </p>
          ))}
      </section>
      <Clocks clocks={view.clocks} disagreement={view.disagreement} now={model.clock.value} />
      {verdict?.attributes && <Flags attributes={verdict.attributes} />}
    </div>
  );
}

const STEP_GLYPHS: Record<CookieStep['status'], readonly [GlyphName, string]> = {
  done: ['yes', 'store'],
  stopped: ['bad', 'remove'],
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

function Clocks({
  clocks,
  disagreement,
  now,
}: {
  clocks: readonly Clock[];
  disagreement: string | undefined;
  now: number;
}) {
  const ends = clocks.flatMap(({ at }) => (typeof at === 'number' ? [at - now] : []));
  const longest = Math.max(...ends, 1);
  return (
    <section class="section" aria-label="Three clocks">
      <h3>
        Three clocks <span class="quiet">from now</span>
      </h3>
      {disagreement && (
        <p class="time">
          <Glyph name="warn" /> {disagreement}
        </p>
      )}
      <div class="clocks">
        {clocks.map((clock) => (
          <ClockView
            key={clock.name}
            clock={clock}
            now={now}
            longest={longest}
            isLate={disagreement !== undefined && clock.name !== 'session'}
          />
        ))}
      </div>
    </section>
  );
}

function ClockView({ clock, now, longest, isLate }: { clock: Clock; now: number; longest: number; isLate: boolean }) {
  const { at, title, setBy, setIn } = clock;
  const left = typeof at === 'number' ? at - now : undefined;
  const words =
    at === undefined
      ? 'not known'
      : at === null
        ? clock.name === 'store'
          ? 'never'
          : 'browser close'
        : left! <= 0
          ? 'over'
          : formatDuration(left!);
  return (
    <>
      <span>{title}</span>
      <div class={isLate ? 'late' : ''} role="img" aria-label={`${title}: ${words}`}>
        {left !== undefined && <i style={{ width: `${Math.max(0, (left / longest) * 100)}%` }} />}
        {at === undefined && <span class="void" />}
      </div>
      <b title={typeof at === 'number' ? formatTime(at) : undefined}>{words}</b>
      <p class="quiet">
        {setBy === undefined
          ? at === undefined
            ? 'Nothing in this recording set it.'
            : ''
          : `set by ${setBy}${setIn ? `, #${setIn.number}` : ''}${typeof at === 'number' ? ` · ends at ${formatTime(at).slice(0, 8)}` : ''}`}
      </p>
    </>
  );
}

type Attributes = NonNullable<NonNullable<NonNullable<PanelModel['cookie']['value']>['verdict']>['attributes']>;

/** RFC 6265bis: browsers drop a cookie whose name and value are longer. */
const MAX_COOKIE_BYTES = 4096;

function Flags({ attributes }: { attributes: Attributes }) {
  const rows: [string, string, string][] = [
    [
      'HttpOnly',
      attributes.httpOnly ? 'yes' : 'no',
      attributes.httpOnly ? 'Scripts of the page can not read it.' : 'Scripts of the page can read it.',
    ],
    [
      'Secure',
      attributes.secure ? 'yes' : 'no',
      attributes.secure ? 'Sent over https only (and to localhost).' : 'Sent over plain http too.',
    ],
    [
      'SameSite',
      attributes.sameSite ?? 'not set',
      attributes.sameSite === undefined
        ? 'Browsers take it for Lax.'
        : attributes.sameSite === 'none'
          ? 'Sent with cross-site requests; needs Secure.'
          : attributes.sameSite === 'lax'
            ? 'Sent cross-site on top-level navigation only.'
            : 'Never sent cross-site.',
    ],
    ['Path', attributes.path ?? 'not set', ''],
    ['Domain', attributes.domain ?? 'this host only', ''],
    [
      'Size',
      `${attributes.bytes} B`,
      attributes.bytes > MAX_COOKIE_BYTES
        ? `Over ${MAX_COOKIE_BYTES} bytes: browsers drop it.`
        : `of ${MAX_COOKIE_BYTES} that browsers keep`,
    ],
  ];
  return (
    <section class="section" aria-label="Flags">
      <h3>
        Set-Cookie <code>{attributes.name}</code>
      </h3>
      <table class="grid flags">
        <tbody>
          {rows.map(([name, value, note]) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="mono">{value}</td>
              <td class="quiet">{note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
