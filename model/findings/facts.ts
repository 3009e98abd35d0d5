/** Questions that several rules ask of a recording. Where the answer was not recorded it is *not known*, never a guess. */
import type { EncodedValue, ExchangeFinished, KeyPath, OperationRecorded } from '../../protocol/index.ts';
import { replacesMemory } from '../history/memory.ts';
import { isBefore, isUpTo, lastBefore, type EventPosition } from '../history/moment.ts';
import { recordHistory, type RecordHistory } from '../history/record.ts';
import type { RecordFact } from '../history/record-fact.ts';
import { expiriesOf, indexOf } from '../history/session-index.ts';
import type { Write } from '../history/writes.ts';
import { isLocalHost } from '../recording/browser-rules.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import { hostname, hostOf } from '../recording/host.ts';
import { middlewareOf } from '../recording/stores.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import type { ServerLife } from '../recording/epochs.ts';
import { urlOrigin } from '../recording/url-origin.ts';
import { partsOf } from '../values/parts.ts';
import type { At, CodeLine } from './rule.ts';

/** Requests that a rule looks back over: more have no part in what happens now. */
const MAX_LOOK_BACK = 300;

/** Requests before one, newest first, those of DevTools left out. `withinMs`: no older ones. */
export function* earlier(
  { items, index, exchange }: At,
  withinMs = Number.POSITIVE_INFINITY,
): Generator<ExchangeRecord> {
  let looked = 0;
  for (let at = index - 1; at >= 0 && looked < MAX_LOOK_BACK; at--) {
    const item = items[at]!;
    if (item.kind !== 'exchange') continue;
    looked += 1;
    if (exchange.at - item.at > withinMs) return;
    if (item.started !== undefined && !isOfDevtools(item)) yield item;
  }
}

type Finished = ExchangeRecord & { finished: ExchangeFinished };

/** The finished requests of one server that ran while this one did. */
export function* overlapping(at: At): Generator<Finished> {
  const { items, index, exchange } = at;
  const { finished } = exchange;
  if (finished === undefined) return;
  for (let later = index + 1; later < items.length && later <= index + MAX_LOOK_BACK; later++) {
    const item = items[later]!;
    if (item.epoch === exchange.epoch && item.seq > finished.seq) break;
    if (item.kind === 'exchange' && overlaps(item, exchange)) yield item as Finished;
  }
  for (const item of earlier(at, 120_000)) if (overlaps(item, exchange)) yield item as Finished;
}

function overlaps({ epoch, seq, finished }: ExchangeRecord, other: ExchangeRecord): boolean {
  if (finished === undefined || other.finished === undefined || epoch !== other.epoch) return false;
  return seq < other.finished.seq && other.seq < finished.seq;
}

/** Whether the server was restarted, or events were lost, between two places. */
export const isBroken = (items: readonly TimelineItem[], from: EventPosition, to: EventPosition): boolean =>
  indexOf(items).breaks.some((gap) => isBefore(from, gap) && isUpTo(gap, to));

/** The operations that say when a session runs out, before a place, newest first. */
export function* expiriesBefore(
  items: readonly TimelineItem[],
  session: string,
  position: EventPosition,
): Generator<Write> {
  const all = expiriesOf(items, session);
  const isOneEpoch = indexOf(items).epochs.size <= 1;
  for (let at = lastBefore(all, position, { isIncluded: false, isOneEpoch }); at >= 0; at--)
    if (isOneEpoch || isBefore(all[at]!.operation, position)) yield all[at]!;
}

export { middlewareOf };

/** By the cookie's name, of one server: each request asks for one, and most findings keep theirs. */
const middlewareKeys = new WeakMap<ServerLife, { app: string; keys: Map<string, string> }>();

/** Names the session middleware of an exchange, over restarts. */
export function middlewareKey({ life, epoch, started }: ExchangeRecord): string {
  const app = life.started?.app ?? epoch;
  const cookie = started?.cookie.name ?? '';
  let known = middlewareKeys.get(life);
  if (known?.app !== app) middlewareKeys.set(life, (known = { app, keys: new Map() }));
  let key = known.keys.get(cookie);
  if (key === undefined) known.keys.set(cookie, (key = `${app}:${cookie}`));
  return key;
}

export const settingOf = (exchange: ExchangeRecord, name: string): string | undefined =>
  middlewareOf(exchange)?.settings[name];

/** Libraries by how their users write a fix. */
export type Family = 'express' | 'django' | 'django-ts' | 'other';

const FAMILIES: Readonly<Record<string, Family>> = {
  'express-session': 'express',
  'django.contrib.sessions': 'django',
  '@sessionscope/django-sessions': 'django-ts',
};

export const familyOf = (exchange: ExchangeRecord): Family =>
  FAMILIES[middlewareOf(exchange)?.library ?? ''] ?? 'other';

/** By the library in use; `other` for those of which no way of their own is known. */
export const byFamily = <Of>(exchange: ExchangeRecord, of: Partial<Record<Family, Of>> & { other: Of }): Of =>
  of[familyOf(exchange)] ?? of.other;

export { hostname, hostOf };

/** As the browser asked, where it was seen: behind a proxy the socket says another thing. */
export const isHttps = ({ har, started }: ExchangeRecord): boolean =>
  har === undefined ? started?.protocol === 'https' : urlOrigin(har.url)?.protocol === 'https:';

/** Plain http to this machine, where browsers do without Secure; also where the host is not known. */
export function isPlainLocal(exchange: ExchangeRecord): boolean {
  const host = hostOf(exchange);
  return !isHttps(exchange) && (host === undefined || isLocalHost(hostname(host)));
}

/**
 * Known to be of one browser: one project's servers name their clients alike, and where that says nothing, this tab saw
 * both. Two projects name one client by keys of their own.
 */
export function isSameBrowser(a: ExchangeRecord, b: ExchangeRecord): boolean {
  const [one, other] = [a.started?.client, b.started?.client];
  if (one !== undefined && other !== undefined && isSameApp(a, b)) return one === other;
  return a.har !== undefined && b.har !== undefined;
}

const isSameApp = ({ life: a }: ExchangeRecord, { life: b }: ExchangeRecord): boolean =>
  a === b || (a.started !== undefined && a.started.app === b.started?.app);

/** When an exchange ended; `undefined`: not yet, or not known. */
export const endedAt = ({ at, finished }: ExchangeRecord): number | undefined =>
  finished === undefined ? undefined : at + finished.durationMs;

/**
 * The app's own last operation of these kinds before one that its library did for it, as a line of code: a save at the
 * end of the request, say. Empty where the app did that itself, or where none was seen.
 */
export function linesBehind(
  exchange: ExchangeRecord,
  operation: OperationRecorded,
  label: string,
  kinds: readonly OperationRecorded['operation'][],
): CodeLine[] {
  if (operation.actor !== 'framework') return [];
  const own = exchange.operations.findLast(
    (other) => other.seq < operation.seq && other.actor === 'app' && kinds.includes(other.operation),
  );
  return own === undefined ? [] : [{ label, exchange, operation: own }];
}

/**
 * Since when a client could know what the response said: since its head left, which is before the exchange ends. In
 * whole ms, as requests begin; `undefined`: not yet, or not known.
 */
export const answeredAt = (exchange: ExchangeRecord): number | undefined => {
  const { at, finished } = exchange;
  return finished?.headAtMs === undefined ? endedAt(exchange) : Math.floor(at + finished.headAtMs);
};

/** What is known of the record of a session, by whoever asks in an exchange. */
export const recordOf = ({ items, exchange }: At, session: string): RecordHistory =>
  recordHistory(items, session, exchange);

/** Index of the newest fact before a place; −1: none. */
export const lastFactBefore = ({ facts, isOneEpoch }: RecordHistory, position: EventPosition): number =>
  lastBefore(facts, position, { isIncluded: false, isOneEpoch });

/** What was reported of a record last before a place, if nothing was lost since. */
export function factBefore(at: At, session: string, position: EventPosition): RecordFact | undefined {
  const history = recordOf(at, session);
  const fact = history.facts[lastFactBefore(history, position)];
  return fact === undefined || isBroken(at.items, fact.operation, position) ? undefined : fact;
}

/** The load that gave an exchange the memory that it has at one of its operations; `undefined`: none did. */
export function loadBefore({ operations }: ExchangeRecord, position: number): OperationRecorded | undefined {
  for (let at = position - 1; at >= 0; at--) {
    const operation = operations[at]!;
    if (operation.operation === 'load' && replacesMemory(operation)) return operation;
  }
  return undefined;
}

/** Whether an operation wrote the record for sure: not refused, not found gone. */
export const isSaved = ({ operation, outcome }: OperationRecorded): boolean =>
  operation === 'save' && outcome !== 'error' && outcome !== 'gone';

/** Top-level keys of a session, those that were not sent left out. */
export const keysOf = (session: EncodedValue | undefined): string[] =>
  session === undefined ? [] : (partsOf(session) ?? []).map(([step]) => String(step));

/** The last write of a key, or of what it holds, in an exchange before a place. */
export const writeOf = (exchange: ExchangeRecord, key: string, before?: EventPosition): OperationRecorded | undefined =>
  exchange.operations.findLast(
    (operation) =>
      (operation.operation === 'set' || operation.operation === 'delete') &&
      operation.path !== undefined &&
      String(operation.path[0]) === key &&
      (before === undefined || isBefore(operation, before)),
  );

/** Names, in lower case without signs, under which apps keep who is logged in. */
const USER_KEYS: ReadonlySet<string> = new Set([
  'authuserid',
  'user',
  'userid',
  'username',
  'useremail',
  'currentuser',
  'currentuserid',
  'uid',
  'account',
  'accountid',
  'passport',
  'isloggedin',
  'loggedin',
  'isauthenticated',
  'authenticated',
]);

export const isUserKey = (path: KeyPath | undefined): boolean =>
  path?.length === 1 &&
  USER_KEYS.has(
    String(path[0])
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, ''),
  );

/** Paths that end a login, by their last words. */
export const isLogoutPath = (path: string): boolean => /(?:^|[/_-])(?:log|sign)[-_]?(?:out|off)\b/i.test(path);

/** Methods that change nothing by their meaning. */
export const isSafe = ({ started }: ExchangeRecord): boolean =>
  started !== undefined && ['GET', 'HEAD', 'OPTIONS'].includes(started.method);

/** Verdicts of a library that refused to save what the session held. */
const UNFIT: ReadonlySet<string> = new Set(['not-serializable', 'end-failed']);

/** Nothing was saved for one value that could not be stored. */
export const holdsUnfitValue = ({ verdict: { record } }: ExchangeFinished): boolean =>
  record.outcome === 'failed' && UNFIT.has(record.reason);

export { isSealed } from '../history/record.ts';
