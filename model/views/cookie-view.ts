/** The cookie's way of one exchange, and the three clocks. */
import type { Expiry, OperationRecorded } from '../../protocol/index.ts';
import { isUpTo, type EventPosition, positionAt } from '../history/moment.ts';
import { recordHistory } from '../history/record.ts';
import { recordAt } from '../history/saved.ts';
import { expiriesOf } from '../history/session-index.ts';
import type { HarExchange } from '../recording/har.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { formatDuration } from '../labels/formats.ts';
import { receivedCookie, type ReceivedCookie } from '../recording/received-cookie.ts';
import { placeLabel } from '../labels/place-label.ts';
import { type CookieStep, stepsOf, takenLabel } from './cookie-steps.ts';

export type CookieVerdict = NonNullable<ExchangeRecord['finished']>['verdict']['cookie'];

export interface Clock {
  name: 'cookie' | 'session' | 'store';
  title: string;
  /** Epoch ms at which it runs out; `null`: with the browser, or never; absent: not known. */
  at?: number | null;
  /** Of the browser's cookie: what Set-Cookie said, while it is not known whether the browser kept it. */
  claimedAt?: number | null;
  /** What set it last. */
  setBy?: string;
  /** The exchange that set it last. */
  setIn?: ExchangeRecord;
  /** It runs out before another of the three does. */
  isFirst: boolean;
  /** No rule is known of what drives it, and the usual one was taken: no conclusion is drawn from it. */
  isAssumed?: boolean;
  /** There is no record any more, and so no session. */
  isGone?: boolean;
}

export interface CookieView {
  /** What became of record and cookie, each in two words, for the sentence that leads; absent while it runs. */
  lead?: { record: string; cookie: string };
  verdict: CookieVerdict | undefined;
  record: NonNullable<ExchangeRecord['finished']>['verdict']['record'] | undefined;
  steps: CookieStep[];
  clocks: Clock[];
  /** Where two clocks part, in a sentence. */
  disagreement: string | undefined;
  /** The Set-Cookie as the browser received it, compared with what the server wrote. */
  received: ReceivedCookie | undefined;
  /** Cookies of the session's name in the request, and what the library made of the one that it took. */
  sent: string;
}

const SIGNATURES = {
  valid: 'its signature is valid',
  invalid: 'its signature is invalid: another secret signed it, or it was changed',
  unsigned: 'this library does not sign',
  malformed: 'no key can be read from it',
} as const;

export function cookieView(items: readonly TimelineItem[], exchange: ExchangeRecord): CookieView {
  const verdict = exchange.finished?.verdict;
  const clocks = markFirst(clocksAt(items, exchange));
  return {
    ...(verdict === undefined
      ? {}
      : { lead: { record: RECORD_LABELS[verdict.record.outcome], cookie: COOKIE_LABELS[verdict.cookie.outcome] } }),
    verdict: verdict?.cookie,
    record: verdict?.record,
    steps: stepsOf(items, exchange),
    clocks,
    disagreement: disagreement(clocks),
    received: receivedCookie(exchange),
    sent: describeSent(exchange),
  };
}

const RECORD_LABELS: Record<NonNullable<CookieView['record']>['outcome'], string> = {
  saved: 'Saved',
  touched: 'Touched, not saved',
  unchanged: 'Unchanged',
  deleted: 'Record deleted',
  missing: 'Record missing',
  'not-saved': 'Not saved',
  'not-compared': 'Not compared',
  failed: 'Saving failed',
  unreadable: 'Record not readable',
  pending: 'Not yet',
  none: 'Nothing to save',
};

const COOKIE_LABELS: Record<CookieVerdict['outcome'], string> = {
  set: 'Cookie set',
  expired: 'Cookie expired',
  'not-set': 'No Set-Cookie',
  pending: 'Not yet',
  none: 'No Set-Cookie',
};

/** Where each of several cookies of one name belongs, in the order in which they were sent. */
function placesOf(name: string, har: HarExchange | undefined): string {
  const places = (har?.sentCookies ?? []).filter((cookie) => cookie.name === name && cookie.path !== undefined);
  return places.length > 1 ? ` (${places.map(placeLabel).join('; ')})` : '';
}

/** Ends that are known; with the browser, or never, is after all of them. */
function markFirst(clocks: readonly Omit<Clock, 'isFirst'>[]): Clock[] {
  const ends = clocks.flatMap(({ at, isAssumed }) =>
    at === undefined || isAssumed ? [] : [at ?? Number.POSITIVE_INFINITY],
  );
  const last = Math.max(...ends);
  return clocks.map((clock) => ({
    ...clock,
    isFirst: typeof clock.at === 'number' && clock.isAssumed !== true && clock.at < last - SAME_MS,
  }));
}

function describeSent({ started, har }: ExchangeRecord): string {
  if (started === undefined) return 'The start of this request is not in the recording.';
  const { name, sent, signature } = started.cookie;
  if (sent === 0) {
    const inBrowser = har?.cookieNames?.includes(name);
    return inBrowser
      ? `The browser sent ${name}, and the server did not get it: a proxy or middleware removed it.`
      : `No cookie ${name} was sent.`;
  }
  const took = signature === undefined ? '' : `, ${SIGNATURES[signature]}`;
  return sent === 1
    ? `${name} was sent${took}.`
    : `${sent} cookies named ${name} were sent${placesOf(name, har)}; ${takenLabel(started.cookie)}${took}. They differ in path or domain.`;
}

const TITLES = { cookie: 'Browser cookie', session: 'Session', store: 'Store record' } as const;

/** Each clock as it was last set up to this exchange, for the session that it ended with. */
function clocksAt(items: readonly TimelineItem[], exchange: ExchangeRecord): Omit<Clock, 'isFirst'>[] {
  const session =
    exchange.finished?.sessionAfter ?? exchange.finished?.sessionBefore ?? exchange.started?.cookie.fingerprint;
  const clocks: Record<Clock['name'], Omit<Clock, 'isFirst'>> = {
    cookie: { name: 'cookie', title: TITLES.cookie },
    session: { name: 'session', title: TITLES.session },
    store: { name: 'store', title: TITLES.store },
  };
  const set = (name: Clock['name'], at: number | null | undefined, setBy: string, setIn: ExchangeRecord) => {
    if (at !== undefined && clocks[name].setBy === undefined) Object.assign(clocks[name], { at, setBy, setIn });
  };
  const all = [clocks.cookie, clocks.session, clocks.store];
  const cursor = { exchange, index: exchange.operations.length };
  const end = positionAt(cursor);
  const fact = session === undefined ? undefined : recordAt(recordHistory(items, session, exchange), cursor);
  if (fact?.is === 'gone')
    // Without its record the session is over, whatever end it was given before.
    for (const clock of [clocks.session, clocks.store])
      Object.assign(clock, { isGone: true, setBy: fact.operation.call, setIn: fact.exchange });
  if (fact?.is === 'unknown' && fact.isTouched === true)
    Object.assign(clocks.store, { setBy: fact.operation.operation, setIn: fact.exchange });
  // Of a cookie that is the session each save made another: the last one was flushed, and this request ended with none.
  const flush = exchange.operations.findLast(({ operation, outcome }) => operation === 'flush' && outcome !== 'error');
  if (exchange.finished?.sessionAfter === null && flush !== undefined)
    for (const clock of [clocks.session, clocks.store])
      Object.assign(clock, { isGone: true, setBy: flush.call, setIn: exchange });
  // Exchanges overlap: what set a clock last is last by sequence, not by the exchange that it stands in.
  const reported = session === undefined ? [] : expiriesOf(items, session);
  for (let index = reported.length - 1; index >= 0; index--) {
    const { exchange: item, operation } = reported[index]!;
    if (!isUpTo(operation, end)) continue;
    // What another request gave its own copy of the session counts once that is saved.
    if (operation.operation === 'set-expiry' && item !== exchange) continue;
    if (clocks.session.setBy !== undefined && clocks.store.setBy !== undefined) break;
    setFromOperation(operation, item, set);
    if (operation.expiry?.storeAssumed && clocks.store.setIn === item && clocks.store.at === operation.expiry.storeAt)
      clocks.store.isAssumed = true;
  }
  const setter = lastSetter(items, session, end);
  if (setter !== undefined) set('cookie', setter.finished!.expiry?.cookieAt, 'Set-Cookie', setter);
  clocks.cookie = asTheBrowserHasIt(clocks.cookie, items);
  return all.map(({ name }) => clocks[name]);
}

/** The request whose response set a session's cookie last, up to a place: of those at once, the last to send its head. */
function lastSetter(
  items: readonly TimelineItem[],
  session: string | undefined,
  end: EventPosition,
): ExchangeRecord | undefined {
  let last: ExchangeRecord | undefined;
  for (const item of items) {
    if (item.kind !== 'exchange' || item.finished === undefined || item.finished.sessionAfter !== session) continue;
    if (item.finished.verdict.cookie.attributes === undefined || !isUpTo(item.finished, end)) continue;
    if (last === undefined || headAt(last) <= headAt(item)) last = item;
  }
  return last;
}

/** Epoch ms. */
const headAt = ({ started, finished }: ExchangeRecord): number =>
  started === undefined || finished?.headAtMs === undefined ? (finished?.at ?? 0) : started.at + finished.headAtMs;

/** What the jar holds; without its word, and without a request that brought it, what Set-Cookie said is a claim. */
function asTheBrowserHasIt(clock: Omit<Clock, 'isFirst'>, items: readonly TimelineItem[]): Omit<Clock, 'isFirst'> {
  const { setIn, at, ...rest } = clock;
  if (setIn === undefined || at === undefined) return clock;
  const fate = receivedCookie(setIn)?.fate;
  if (fate?.outcome === 'kept') return { ...rest, setIn, at: fate.cookie!.expiresAt };
  const isTaken = stepsOf(items, setIn).some(({ name, status }) => name === 'browser' && status === 'done');
  return isTaken ? clock : { ...rest, setIn, claimedAt: at };
}

function setFromOperation(
  { operation, expiry, call, outcome }: OperationRecorded,
  exchange: ExchangeRecord,
  set: (name: Clock['name'], at: Expiry['storeAt'], setBy: string, setIn: ExchangeRecord) => void,
): void {
  if (expiry === undefined || outcome === 'error' || outcome === 'gone') return;
  if (operation === 'set-expiry' || operation === 'touch' || operation === 'save' || operation === 'create')
    set('session', expiry.sessionAt, call === 'end' ? operation : call, exchange);
  if (operation === 'save' || operation === 'touch')
    set('store', expiry.storeAt, `${operation}${expiry.storeFrom ? `, ${expiry.storeFrom}` : ''}`, exchange);
}

/** Two seconds are rounding: Set-Cookie reports whole ones. */
const SAME_MS = 2_000;

function disagreement(clocks: readonly Clock[]): string | undefined {
  const [cookie, , store] = clocks;
  const cookieAt = cookie?.at ?? cookie?.claimedAt;
  const storeAt = store?.at;
  if (store?.isAssumed) return undefined;
  if (typeof cookieAt !== 'number' || typeof storeAt !== 'number' || Math.abs(cookieAt - storeAt) <= SAME_MS)
    return undefined;
  const apart = formatDuration(Math.abs(cookieAt - storeAt));
  const isKept = cookie?.at !== undefined;
  return cookieAt < storeAt
    ? `${isKept ? 'The browser drops the cookie' : 'If it kept the cookie, the browser drops it'} ${apart} before the store drops the record: the user is logged out while the record still lives.`
    : `${isKept ? 'The store' : 'If the browser kept the cookie, the store'} drops the record ${apart} before the browser drops the cookie: the next request brings a cookie that names nothing.`;
}
