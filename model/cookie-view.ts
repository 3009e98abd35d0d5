/** The cookie's way of one exchange, and the three clocks. */
import type { Expiry, OperationRecorded } from '../protocol/index.ts';
import { digestOf } from './history.ts';
import type { ExchangeRecord, TimelineItem } from './timeline.ts';
import { formatDuration } from './words.ts';

export type CookieVerdict = NonNullable<ExchangeRecord['finished']>['verdict']['cookie'];

/** Where the cookie came to, in order. `stopped`: it should have gone on and did not. */
export interface CookieStep {
  name: 'memory' | 'store' | 'set-cookie' | 'browser' | 'next-request';
  title: string;
  status: 'done' | 'stopped' | 'none' | 'unknown';
  text: string;
}

export interface Clock {
  name: 'cookie' | 'session' | 'store';
  title: string;
  /** Epoch ms at which it runs out; `null`: with the browser, or never; absent: not known. */
  at?: number | null;
  /** What set it last. */
  setBy?: string;
  /** The exchange that set it last. */
  setIn?: ExchangeRecord;
  /** It runs out before another of the three does. */
  isFirst: boolean;
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
  /** Cookies of the session's name in the request, and what the library made of the one that it took. */
  sent: string;
}

const SIGNATURES = {
  valid: 'its signature holds',
  invalid: 'its signature does not hold: another secret signed it, or it was changed',
  unsigned: 'this library does not sign',
  malformed: 'no key can be read from it',
} as const;

export function cookieView(items: readonly TimelineItem[], exchange: ExchangeRecord): CookieView {
  const verdict = exchange.finished?.verdict;
  const clocks = markFirst(clocksAt(items, exchange));
  return {
    ...(verdict === undefined
      ? {}
      : { lead: { record: RECORD_WORDS[verdict.record.outcome], cookie: COOKIE_WORDS[verdict.cookie.outcome] } }),
    verdict: verdict?.cookie,
    record: verdict?.record,
    steps: stepsOf(items, exchange),
    clocks,
    disagreement: disagreement(clocks),
    sent: describeSent(exchange),
  };
}

const RECORD_WORDS: Record<NonNullable<CookieView['record']>['outcome'], string> = {
  saved: 'Saved',
  touched: 'Touched, not saved',
  unchanged: 'Unchanged',
  deleted: 'Record deleted',
  missing: 'Record missing',
  'not-saved': 'Not saved',
  failed: 'Saving failed',
  none: 'Nothing to save',
};

const COOKIE_WORDS: Record<CookieVerdict['outcome'], string> = {
  set: 'Cookie set',
  expired: 'Cookie expired',
  'not-set': 'No Set-Cookie',
  none: 'No Set-Cookie',
};

/** Ends that are known; with the browser, or never, is after all of them. */
function markFirst(clocks: readonly Omit<Clock, 'isFirst'>[]): Clock[] {
  const ends = clocks.flatMap(({ at }) => (at === undefined ? [] : [at ?? Number.POSITIVE_INFINITY]));
  const last = Math.max(...ends);
  return clocks.map((clock) => ({ ...clock, isFirst: typeof clock.at === 'number' && clock.at < last - SAME_MS }));
}

function describeSent({ started, har }: ExchangeRecord): string {
  if (started === undefined) return 'The start of this exchange is not in the recording.';
  const { name, sent, signature } = started.cookie;
  if (sent === 0) {
    const inBrowser = har?.cookieNames?.includes(name);
    return inBrowser
      ? `The browser sent ${name}, and the server did not get it: something between them took it off.`
      : `No cookie ${name} was sent.`;
  }
  const took = signature === undefined ? '' : `, ${SIGNATURES[signature]}`;
  return sent === 1
    ? `${name} was sent${took}.`
    : `${sent} cookies named ${name} were sent; the server took the first${took}. They differ in path or domain.`;
}

function stepsOf(items: readonly TimelineItem[], exchange: ExchangeRecord): CookieStep[] {
  const { finished, har } = exchange;
  const record = finished?.verdict.record;
  const cookie = finished?.verdict.cookie;
  const isStored = record?.outcome === 'saved' || record?.outcome === 'touched' || record?.outcome === 'unchanged';
  const emitted = cookie?.attributes !== undefined;
  const received =
    cookie && har && har.hidesCookies !== true
      ? har.setCookies.some(({ name }) => name === exchange.started?.cookie.name)
      : undefined;
  const next = nextRequest(items, exchange);
  const due = cookie?.due ?? false;
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
        record === undefined
          ? 'unknown'
          : isStored
            ? 'done'
            : record.outcome === 'failed' || record.outcome === 'not-saved'
              ? 'stopped'
              : 'none',
      text: record?.text ?? 'not yet',
    },
    {
      name: 'set-cookie',
      title: 'Set-Cookie',
      status: cookie === undefined ? 'unknown' : emitted ? 'done' : due ? 'stopped' : 'none',
      text: cookie?.text ?? 'not yet',
    },
    {
      name: 'browser',
      title: 'browser',
      status: received === undefined ? 'unknown' : received ? 'done' : emitted ? 'stopped' : 'none',
      text:
        received === undefined
          ? har?.hidesCookies === true
            ? "DevTools tells no cookies of this request: a worker's own."
            : 'This tab did not see the response.'
          : received
            ? 'The browser received the header.'
            : emitted
              ? 'The header did not reach the browser: something between took it off.'
              : 'Nothing to receive.',
    },
    {
      name: 'next-request',
      title: 'next request',
      status: next === undefined ? 'unknown' : next.cookie.sent > 0 ? 'done' : emitted || due ? 'stopped' : 'none',
      text:
        next === undefined
          ? 'None yet.'
          : next.cookie.sent > 0
            ? 'It carried the cookie.'
            : `${next.method} ${next.path} came without it.`,
    },
  ];
}

/** The next exchange of the same middleware that began after this one had ended. */
function nextRequest(items: readonly TimelineItem[], exchange: ExchangeRecord): ExchangeRecord['started'] {
  const after = exchange.finished?.seq;
  if (after === undefined) return undefined;
  return items.find(
    (item): item is ExchangeRecord =>
      item.kind === 'exchange' &&
      item.epoch === exchange.epoch &&
      item.seq > after &&
      item.started?.middleware === exchange.started?.middleware,
  )?.started;
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
  // From the end: what set a clock last is mostly near.
  for (let at = items.lastIndexOf(exchange); at >= 0 && all.some(({ setBy }) => setBy === undefined); at--) {
    const item = items[at]!;
    if (item.kind !== 'exchange') continue;
    for (const operation of digestOf(item).ofExpiry.toReversed())
      if (operation.session === session) setFromOperation(operation, item, set);
    if (item.finished?.sessionAfter === session && item.finished?.verdict.cookie.attributes)
      set('cookie', item.finished.expiry?.cookieAt, 'Set-Cookie', item);
  }
  return all;
}

function setFromOperation(
  { operation, expiry, call, outcome }: OperationRecorded,
  exchange: ExchangeRecord,
  set: (name: Clock['name'], at: Expiry['storeAt'], setBy: string, setIn: ExchangeRecord) => void,
): void {
  if (expiry === undefined || outcome === 'error') return;
  if (operation === 'set-expiry' || operation === 'touch' || operation === 'save' || operation === 'create')
    set('session', expiry.sessionAt, call === 'end' ? operation : call, exchange);
  if (operation === 'save' || operation === 'touch')
    set('store', expiry.storeAt, `${operation}${expiry.storeFrom ? `, ${expiry.storeFrom}` : ''}`, exchange);
}

/** Two seconds are rounding: Set-Cookie tells whole ones. */
const SAME_MS = 2_000;

function disagreement(clocks: readonly Clock[]): string | undefined {
  const [cookie, , store] = clocks;
  const cookieAt = cookie?.at;
  const storeAt = store?.at;
  if (typeof cookieAt !== 'number' || typeof storeAt !== 'number' || Math.abs(cookieAt - storeAt) <= SAME_MS)
    return undefined;
  const apart = formatDuration(Math.abs(cookieAt - storeAt));
  return cookieAt < storeAt
    ? `The browser drops the cookie ${apart} before the store drops the record: the user is logged out while the record still lives.`
    : `The store drops the record ${apart} before the browser drops the cookie: the next request brings a cookie that names nothing.`;
}
