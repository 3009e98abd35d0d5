/** All of one request: how it ended, times, the session, the settings that decide. Its verdict stands above the tabs. */
import {
  type ExchangeRecord,
  formatDuration,
  formatTime,
  type PanelModel,
  plural,
  requestOf,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { WhyChain } from '../findings/WhyChain.tsx';

export function ExchangeTab({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const cursor = model.cursor.value;
  if (cursor === undefined) return <p class="section quiet">Nothing recorded yet.</p>;
  const { exchange } = cursor;
  const { started, finished, har, faults } = exchange;
  const { method, path } = requestOf(exchange);
  const epoch = exchange.life.started;
  const middleware = started && epoch?.middlewares[started.middleware];
  return (
    <div class="body">
      <section class="section">
        <p class="lead">
          {visibleText(`${method} ${path}`)}
          {finished === undefined
            ? exchange.isCutOff
              ? ' was cut off: the server stopped while it was running.'
              : ' is still running.'
            : finished.ending === 'aborted'
              ? ' was cut off before its response was whole.'
              : ` answered ${finished.status ?? har?.status ?? ''}.`}
        </p>
      </section>
      <WhyChain why={model.whyRequest.value} model={model} actions={actions} />
      {(finished?.faults ?? 0) > 0 && (
        <section class="section">
          <p>
            Sessionscope itself failed {plural(finished!.faults!, 'time')} in this request. Your app was not affected.
          </p>
          {faults.map((fault) => (
            <p key={fault.seq} class="quiet">
              {visibleText(`${fault.where}: ${fault.message}`)}
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
              text={
                !model.seesBrowser.value
                  ? 'Not known: this page is not DevTools.'
                  : model.isElsewhere(exchange)
                    ? "This tab's DevTools did not report it: it came from another tab or client, or DevTools missed it."
                    : model.isMissed(exchange)
                      ? 'This tab sent it, as the page lists it. DevTools did not report it: no more is known.'
                      : model.isPlaceUnknown(exchange)
                        ? 'Not known: it ran before DevTools could see requests.'
                        : 'Not reported yet.'
              }
            />
          )}
          <Fact title="Session" text={sessionFact(exchange)} />
          {middleware && (
            <Fact
              title="Library"
              text={`${middleware.library} ${middleware.libraryVersion}, ${middleware.store}, cookie ${middleware.cookieNames.join(', ')}`}
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
              {visibleText(name)}=<span class="quiet">({valueLength} characters)</span>
              {visibleText(attributes)}
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
    <dt>{visibleText(title)}</dt>
    <dd class={isCode ? 'mono' : ''}>{visibleText(text)}</dd>
  </>
);
