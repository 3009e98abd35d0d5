/** One exchange in plain words: what the library decided, and why. */
import { type ExchangeRecord, formatDuration, formatTime, type PanelModel, requestOf } from '../model/index.ts';

export function ExchangeTab({ model }: { model: PanelModel }) {
  const cursor = model.cursor.value;
  if (cursor === undefined) return <p class="section quiet">Nothing recorded yet.</p>;
  const { exchange } = cursor;
  const { started, finished, har, faults } = exchange;
  const { method, path } = requestOf(exchange);
  const epoch = model.epochOf(exchange.epoch);
  const middleware = started && epoch?.middlewares[started.middleware];
  return (
    <div class="body">
      <section class="section">
        <p class="lead">
          {method} {path}
          {finished === undefined
            ? exchange.isCutOff
              ? ' was cut off: the server went away while it was running.'
              : ' is still running.'
            : finished.ending === 'aborted'
              ? ' was cut off before its response was whole.'
              : ` answered ${finished.status ?? har?.status ?? ''}.`}
        </p>
      </section>
      {finished && (
        <section class="section" aria-label="Verdict">
          <h3>Verdict</h3>
          <dl class="pairs">
            <Verdict title="Record" outcome={finished.verdict.record.outcome} decision={finished.verdict.record} />
            <Verdict title="Cookie" outcome={finished.verdict.cookie.outcome} decision={finished.verdict.cookie} />
          </dl>
        </section>
      )}
      {(finished?.faults ?? 0) > 0 && (
        <section class="section">
          <p>Sessionscope itself failed {finished!.faults} times in this exchange. Your app was not affected.</p>
          {faults.map((fault) => (
            <p key={fault.seq} class="quiet">
              {fault.where}: {fault.message}
            </p>
          ))}
        </section>
      )}
      <section class="section">
        <h3>Facts</h3>
        <dl class="pairs">
          <Fact title="Began" text={formatTime(exchange.at)} />
          {finished && <Fact title="Took" text={formatDuration(finished.durationMs)} />}
          {har && (
            <Fact
              title="In the browser"
              text={`${formatDuration(har.durationMs)}${har.resourceType ? `, ${har.resourceType}` : ''}`}
            />
          )}
          {har === undefined && finished !== undefined && (
            <Fact
              title="In the browser"
              text="This tab's DevTools did not see it: another tab, a server, or before DevTools was opened."
            />
          )}
          <Fact title="Session" text={sessionFact(exchange)} />
          {middleware && (
            <Fact
              title="Library"
              text={`${middleware.library} ${middleware.libraryVersion}, ${middleware.store}, cookie ${middleware.cookieName}`}
            />
          )}
          <Fact title="Server" text={`${epoch?.runtime ?? ''} · epoch ${exchange.epoch}, event ${exchange.seq}`} />
        </dl>
      </section>
      {middleware && (
        <section class="section">
          <h3>Settings that decide</h3>
          <dl class="pairs">
            {Object.entries(middleware.settings).map(([name, value]) => (
              <Fact key={name} title={name} text={value} isCode />
            ))}
          </dl>
        </section>
      )}
      {har && har.setCookies.length > 0 && (
        <section class="section">
          <h3>Set-Cookie as the browser received it</h3>
          {har.setCookies.map(({ name, valueLength, attributes }, index) => (
            <p key={index} class="mono">
              {name}=<span class="quiet">({valueLength} characters)</span>
              {attributes}
            </p>
          ))}
        </section>
      )}
    </div>
  );
}

/** The session before and after; one name where it stayed the same. */
function sessionFact({ started, finished, isCutOff }: ExchangeRecord): string {
  const before = finished?.sessionBefore ?? started?.cookie.fingerprint ?? 'none';
  if (finished === undefined) return isCutOff ? `${before} → not known` : `${before} → not yet`;
  const after = finished.sessionAfter ?? 'none';
  return before === after ? before : `${before} → ${after}`;
}

const Fact = ({ title, text, isCode = false }: { title: string; text: string; isCode?: boolean }) => (
  <>
    <dt>{title}</dt>
    <dd class={isCode ? 'mono' : ''}>{text}</dd>
  </>
);

interface Decision {
  text: string;
  setting?: string | undefined;
  mend?: string | undefined;
}

const Verdict = ({
  title,
  outcome,
  decision: { text, setting, mend },
}: {
  title: string;
  outcome: string;
  decision: Decision;
}) => (
  <>
    <dt>{title}</dt>
    <dd>
      <b>{outcome === 'not-set' ? 'not set' : outcome === 'not-saved' ? 'not saved' : outcome}</b> {text}
      {setting && (
        <>
          {' '}
          <code class="quiet">{setting}</code>
        </>
      )}
      {mend && (
        <p>
          <b>Mend.</b> {mend}
        </p>
      )}
    </dd>
  </>
);
