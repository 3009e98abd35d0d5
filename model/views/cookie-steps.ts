/** How far a session's cookie came: from memory over the store and Set-Cookie to the browser and its next request. */
import type { ExchangeStarted } from '../../protocol/index.ts';
import { isBefore, sessionAt } from '../history/moment.ts';
import { isSameMiddleware } from '../history/sides.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import { isPathCovered } from '../recording/browser-rules.ts';
import type { HarExchange } from '../recording/har.ts';
import type { KeptCookie } from '../recording/jar.ts';
import { isSamePlace, receivedCookie, type ReceivedCookie } from '../recording/received-cookie.ts';
import { type ExchangeRecord, isOfThisTab, type TimelineItem } from '../recording/records.ts';
import { urlOrigin } from '../recording/url-origin.ts';
import { placeLabel } from '../labels/place-label.ts';

/** Where the cookie came to, in order. `stopped`: it should have gone on and did not. */
export interface CookieStep {
  name: 'memory' | 'store' | 'set-cookie' | 'browser' | 'next-request';
  title: string;
  status: 'done' | 'stopped' | 'none' | 'unknown';
  text: string;
}

export function stepsOf(items: readonly TimelineItem[], exchange: ExchangeRecord): CookieStep[] {
  const { finished } = exchange;
  const record = finished?.verdict.record;
  const cookie = finished?.verdict.cookie;
  const isStored = record?.outcome === 'saved' || record?.outcome === 'touched' || record?.outcome === 'unchanged';
  const isLost = record?.outcome === 'failed' || record?.outcome === 'not-saved';
  const isSet = cookie?.attributes !== undefined;
  const next = nextRequest(items, exchange);
  return [
    {
      name: 'memory',
      title: 'memory',
      status: finished === undefined ? 'unknown' : 'done',
      text: 'the session during the request',
    },
    {
      name: 'store',
      title: 'store',
      status:
        record === undefined || record.outcome === 'not-compared'
          ? 'unknown'
          : isStored
            ? 'done'
            : isLost
              ? 'stopped'
              : 'none',
      text: record?.text ?? 'not yet',
    },
    {
      name: 'set-cookie',
      title: 'Set-Cookie',
      status: cookie === undefined ? 'unknown' : isSet ? 'done' : cookie.due === true ? 'stopped' : 'none',
      text: cookie?.text ?? 'not yet',
    },
    { name: 'browser', title: 'browser', ...browserStep(exchange, next) },
    { name: 'next-request', title: 'next request', ...nextStep(items, exchange, next) },
  ];
}

type Said = Pick<CookieStep, 'status' | 'text'>;

// ── the browser ──────────────────────────────────────────────────────────────

function browserStep(exchange: ExchangeRecord, next: ExchangeRecord | undefined): Said {
  const { finished, har, started } = exchange;
  if (finished === undefined) return { status: 'unknown', text: 'not yet' };
  const { attributes } = finished.verdict.cookie;
  // What brought the session's cookie had it in its jar, whatever else is known.
  const isBrought = attributes !== undefined && next !== undefined && bringsSession(next, exchange);
  if (har === undefined || har.hidesSetCookies === true) {
    if (isBrought) return { status: 'done', text: 'A later request brought it.' };
    const why =
      har === undefined
        ? 'The panel did not see the response.'
        : 'DevTools did not report the Set-Cookie headers of this response.';
    return { status: 'unknown', text: why };
  }
  if (attributes === undefined) {
    const name = started?.cookie.name;
    return har.setCookies.some((line) => line.name === name)
      ? { status: 'stopped', text: `A Set-Cookie named ${name} came that the session library did not write.` }
      : { status: 'none', text: 'Nothing to receive.' };
  }
  const received = receivedCookie(exchange);
  if (received === undefined)
    return { status: 'stopped', text: 'The header did not reach the browser: a proxy or middleware removed it.' };
  return receivedStep(
    received,
    har,
    { ...attributes, isDropped: finished.verdict.cookie.outcome === 'expired' },
    isBrought,
  );
}

function receivedStep(
  { line, sameName, isOverwritten, isRenamed, fate, rule }: ReceivedCookie,
  har: HarExchange,
  { name, isDropped }: { name: string; isDropped: boolean },
  isBrought: boolean,
): Said {
  if (isRenamed) return { status: 'stopped', text: `It came as ${line.name}: something on the way renames cookies.` };
  if (isOverwritten)
    return {
      status: 'stopped',
      text: `${sameName.length} Set-Cookie headers named ${name} came with the same path and domain. The browser keeps the last, which the session library did not write.`,
    };
  // The companion reads the last one; which of them the library wrote, only a request that brings it can say.
  if (!isBrought && sameName.filter((other) => isSamePlace(other, line)).length > 1)
    return {
      status: 'unknown',
      text: `${sameName.length} Set-Cookie headers named ${name} came with the same path and domain. The browser keeps the last; whether that one is the session's is not known until a request brings it.`,
    };
  switch (fate?.outcome) {
    case 'kept':
      return { status: 'done', text: `The browser's jar holds it: ${keptLabel(fate.cookie!)}.` };
    case 'replaced':
      return { status: 'done', text: 'The browser took it, and holds another value by now.' };
    case 'removed':
      return { status: 'done', text: 'The browser dropped the cookie, as the header says.' };
    case 'other':
    case 'absent': {
      if (isDropped)
        return {
          status: 'stopped',
          text: `The header drops no cookie that is there: the browser still holds ${name} (${(fate.others ?? []).map(placeLabel).join('; ')}).`,
        };
      const what =
        fate.outcome === 'absent'
          ? `The browser received it and did not keep it.`
          : `The browser holds another ${name} (${fate.others!.map(placeLabel).join('; ')}), not this one.`;
      return { status: 'stopped', text: `${what} ${rule?.text ?? causeOf(har)}` };
    }
  }
  if (isBrought) return { status: 'done', text: 'The browser received it, and a later request brought it.' };
  if (rule !== undefined) return { status: 'stopped', text: `Browsers do not take it. ${rule.text}` };
  return { status: 'unknown', text: 'The browser received it. Whether it kept it is not known.' };
}

const keptLabel = (cookie: KeptCookie): string =>
  `${placeLabel(cookie)}${cookie.partition === undefined ? '' : `, only below ${cookie.partition}`}`;

/** Not in the jar, and no rule says why: what is known of the request, and what it may be. */
function causeOf({ site, mode, url, pageOrigin }: HarExchange): string {
  const hosts = pageOrigin === undefined ? '' : ` (${pageOrigin} and ${urlOrigin(url)?.origin})`;
  if (site === 'cross-site')
    return `The request was cross-site${hosts}: third-party cookies are blocked, or the request went without credentials.`;
  if (mode === 'cors' && site !== 'same-origin')
    return `Page and server are two origins${hosts}: without credentials: "include" a fetch keeps no cookie.`;
  return 'The browser gives no reason.';
}

// ── the next request ─────────────────────────────────────────────────────────

/** The session that this exchange ended with. */
const sessionOf = ({ finished }: ExchangeRecord) => finished?.sessionAfter ?? undefined;

function bringsSession({ started }: ExchangeRecord, exchange: ExchangeRecord): boolean {
  const session = sessionOf(exchange);
  return session !== undefined && started?.cookie.fingerprint === session;
}

const isOfOneTab = (a: ExchangeRecord, b: ExchangeRecord): boolean => isOfThisTab(a) && isOfThisTab(b);

/** As the server distinguishes them: by user agent and address. Two windows or profiles of one browser may be one client. */
const isOfOneClient = (a: ExchangeRecord, b: ExchangeRecord): boolean =>
  a.started?.client !== undefined && a.started.client === b.started?.client;

/**
 * The next request that says something of the cookie: of the same middleware, begun after this one had ended, and with
 * this very session, or of the same tab to a place where the cookie is sent; if there is none, one of the same client.
 */
function nextRequest(items: readonly TimelineItem[], exchange: ExchangeRecord): ExchangeRecord | undefined {
  const { finished } = exchange;
  if (finished === undefined) return undefined;
  let ofClient: ExchangeRecord | undefined;
  for (const item of items) {
    if (item.kind !== 'exchange' || item.started === undefined || !isBefore(finished, item)) continue;
    if (!isSameMiddleware(item, exchange) || isOfDevtools(item)) continue;
    if (bringsSession(item, exchange)) return item;
    if (!isCovered(exchange, item)) continue;
    if (isOfOneTab(item, exchange)) return item;
    if (isOfOneClient(item, exchange)) ofClient ??= item;
  }
  return ofClient;
}

/** Whether a cookie that this exchange set is sent with that request, by host and path. */
function isCovered({ har, finished }: ExchangeRecord, next: ExchangeRecord): boolean {
  const attributes = finished?.verdict.cookie.attributes;
  if (attributes === undefined) return true;
  if (!isPathCovered(attributes.path ?? '/', next.started!.path)) return false;
  if (har === undefined || next.har === undefined || attributes.domain !== undefined) return true;
  return urlOrigin(har.url)?.hostname === urlOrigin(next.har.url)?.hostname;
}

function nextStep(items: readonly TimelineItem[], exchange: ExchangeRecord, next: ExchangeRecord | undefined): Said {
  if (next === undefined)
    return { status: 'unknown', text: 'No request of this browser to that path is recorded after this one.' };
  const { method, path, cookie } = next.started!;
  const what = `#${next.number} ${method} ${path}`;
  const session = sessionOf(exchange);
  const { verdict } = exchange.finished!;
  const isDue = verdict.cookie.attributes !== undefined || verdict.cookie.due === true;
  // Of a client it is not known whose cookies it has: nothing is lost there for sure.
  const isOwn = isOfOneTab(next, exchange);
  const doubt = isOwn ? '' : OTHER_WINDOW;
  const status = isOwn ? 'stopped' : 'unknown';
  if (session === undefined) {
    if (cookie.sent === 0) return { status: 'none', text: `${what} brought none.` };
    const isKept = verdict.cookie.outcome === 'expired';
    return { status: isKept ? status : 'none', text: `${what} brought a ${cookie.name}.${isKept ? doubt : ''}` };
  }
  if (bringsSession(next, exchange)) {
    // A key that was chosen and not saved is in no cookie: the session that there was goes on.
    const held = sessionAt(exchange, exchange.operations.length);
    const isOfBefore = exchange.finished?.sessionBefore === session && held !== undefined && held !== session;
    const whose = isOfBefore ? 'the cookie of the session that this request began with' : "this session's cookie";
    return { status: 'done', text: `${what} carried ${whose}.` };
  }
  if (cookie.sent === 0)
    return { status: isDue ? status : 'none', text: `${what} came without it.${credentialsHint(next)}${doubt}` };
  // The server is asked what it took, not the browser what it sent: only this session's own cookie counts.
  return {
    status,
    text: `${what} brought another ${cookie.name}: ${sentLabel(next)}.${writerHint(items, exchange, next)}${doubt}`,
  };
}

const OTHER_WINDOW =
  ' Whether it was of this browser window is not known: another one, or another profile, has cookies of its own.';

const credentialsHint = ({ har }: ExchangeRecord): string =>
  har?.mode === 'cors' && har.site !== undefined && har.site !== 'same-origin'
    ? ` The request was ${har.site}: without credentials: "include" a fetch sends no cookie.`
    : '';

/** Which of several cookies of one name: libraries differ in it. */
export const takenLabel = ({ taken }: ExchangeStarted['cookie']): string =>
  taken === undefined ? 'which of them the server took is not known' : `the server took the ${taken}`;

/** The cookies of the session's name in a request, and which the server took. */
export function sentLabel({ started, har }: ExchangeRecord): string {
  const { name, sent, fingerprint } = started!.cookie;
  const places = (har?.sentCookies ?? []).filter((cookie) => cookie.name === name && cookie.path !== undefined);
  const took = fingerprint === undefined ? 'of which the server could read none' : `and ${takenLabel(started!.cookie)}`;
  if (places.length === sent && sent > 0)
    return sent === 1
      ? `the one of ${placeLabel(places[0]!)}`
      : `${sent} of that name were sent (${places.map(placeLabel).join('; ')}), ${took}`;
  return sent === 1 ? 'of another session' : `${sent} of that name were sent, ${took}`;
}

/** Who wrote a cookie of that name between the two. */
function writerHint(items: readonly TimelineItem[], exchange: ExchangeRecord, next: ExchangeRecord): string {
  const name = next.started!.cookie.name;
  const from = items.indexOf(exchange);
  const writer = items
    .slice(from + 1, items.indexOf(next))
    .findLast(
      (item): item is ExchangeRecord =>
        item.kind === 'exchange' &&
        (isOfOneTab(item, next) || isOfOneClient(item, next)) &&
        (item.har?.setCookies.some((line) => line.name === name) === true ||
          item.finished?.verdict.cookie.attributes?.name === name),
    );
  if (writer === undefined) return '';
  return ` Last written by #${writer.number} ${writer.started?.method ?? ''} ${writer.started?.path ?? ''}.`;
}
