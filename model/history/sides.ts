/** The two moments of a diff: what *Before* is, and what the session held then. */
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import { type ExchangeRecord, isOfOneProcess, isOfThisTab, type TimelineItem } from '../recording/records.ts';
import { survivesAnyFormat } from '../values/compare.ts';
import { memoriesOf, type Origin, originOf, wirePath } from './memory.ts';
import { type Cursor, firstStateOf, type Moment, momentOf, positionAt, sessionAt, sessionAtEnd } from './moment.ts';
import { recordHistory, recordUpTo } from './record.ts';
import type { RecordFact } from './record-fact.ts';

/** What *Before* is, in a diff. `marked`: a moment chosen with `d`. */
export const DIFF_BASES = ['operation', 'exchange', 'store', 'previous', 'marked'] as const;
export type DiffBase = (typeof DIFF_BASES)[number];

export interface DiffSide {
  /** What the session held; `undefined` where it is not known. */
  value: EncodedValue | undefined;
  moment: Moment;
  /** There is no record: it holds nothing, for sure. */
  isGone?: boolean;
  /** What reported the value at a path of it; `undefined`: nothing did. */
  originOf(path: KeyPath): Origin | undefined;
}

export const memoryAt = ({ exchange, index }: Cursor): EncodedValue | undefined =>
  memoriesOf(exchange)[Math.min(index, exchange.operations.length)];

/** The session in memory at a moment, as a side of a diff. */
export const sideAt = (cursor: Cursor): DiffSide => ({
  value: memoryAt(cursor),
  moment: momentOf(cursor),
  originOf: (path) => originOf(cursor.exchange.operations, cursor.index, path),
});

function originInRecord({ operation }: RecordFact, path: KeyPath): Origin | undefined {
  const part = operation.stored === undefined ? 'state' : 'stored';
  const whole = operation[part];
  return whole === undefined ? undefined : { operation, part, path: wirePath(whole, path) };
}

/** The left side of a diff whose right side is `at`. `isVisible`: which requests are shown. */
export function sideBefore(
  items: readonly TimelineItem[],
  at: Cursor,
  base: DiffBase,
  marked: Cursor | undefined,
  isVisible: (exchange: ExchangeRecord) => boolean = () => true,
): DiffSide | undefined {
  const { exchange, index } = at;
  switch (base) {
    case 'operation':
      return sideAt({ exchange, index: Math.max(0, index - 1) });
    case 'exchange':
      return sideAt({ exchange, index: firstStateOf(exchange) });
    case 'marked':
      return marked && sideAt(marked);
    case 'previous': {
      const previous = previousExchange(items, exchange, isVisible);
      return previous && sideAt({ exchange: previous, index: previous.operations.length });
    }
    case 'store': {
      const session = sessionAt(exchange, index);
      const position = positionAt(at);
      const fact = session === undefined ? undefined : recordUpTo(recordHistory(items, session, exchange), position);
      const moment = { exchange: exchange.id, index: firstStateOf(exchange) };
      if (fact?.is === 'gone') return { value: {}, moment, isGone: true, originOf: () => undefined };
      // As memory had it is not as the store holds it, unless no format changes that.
      const isKnown = fact?.is === 'there' && (fact.form === 'stored' || survivesAnyFormat(fact.value));
      return {
        value: isKnown ? fact.value : undefined,
        moment,
        originOf: (path) => (isKnown ? originInRecord(fact, path) : undefined),
      };
    }
  }
}

/** The request before, of the same session and middleware, that had a session in memory; `undefined`: none. */
export function previousExchange(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  isVisible: (exchange: ExchangeRecord) => boolean = () => true,
): ExchangeRecord | undefined {
  const session = sessionAt(exchange, firstStateOf(exchange));
  if (session === undefined) return undefined;
  return items
    .slice(0, items.lastIndexOf(exchange))
    .findLast(
      (item): item is ExchangeRecord =>
        item.kind === 'exchange' &&
        isVisible(item) &&
        isSameMiddleware(item, exchange) &&
        (sessionAtEnd(item) ?? sessionAt(item, item.operations.length)) === session &&
        memoriesOf(item).at(-1) !== undefined,
    );
}

/**
 * The next request of the same browser to the same middleware that began after this one had ended; `undefined`: none
 * yet, or none that is known to be of the same browser.
 */
export function nextExchange(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  isVisible: (exchange: ExchangeRecord) => boolean = () => true,
): ExchangeRecord | undefined {
  const { finished } = exchange;
  if (finished === undefined) return undefined;
  return items.find(
    (item): item is ExchangeRecord =>
      item.kind === 'exchange' &&
      item.started !== undefined &&
      (item.epoch === exchange.epoch ? item.seq > finished.seq : item.at > finished.at) &&
      isVisible(item) &&
      isSameMiddleware(item, exchange) &&
      isSameBrowser(item, exchange),
  );
}

/** Of one app, by the same cookie: a restart does not change it. */
export function isSameMiddleware(a: ExchangeRecord, b: ExchangeRecord): boolean {
  if (a.started === undefined || b.started === undefined) return a.epoch === b.epoch;
  if (isOfOneProcess(a, b)) return a.started.middleware === b.started.middleware;
  const [appA, appB] = [a.life.started?.app, b.life.started?.app];
  return appA !== undefined && appA === appB && a.started.cookie.name === b.started.cookie.name;
}

/** Known to be one browser: this tab saw both, one client sent both, or both bring one session. */
function isSameBrowser(a: ExchangeRecord, b: ExchangeRecord): boolean {
  if (isOfThisTab(a) && isOfThisTab(b)) return true;
  const [clientA, clientB] = [a.started?.client, b.started?.client];
  if (clientA !== undefined && clientB !== undefined) return clientA === clientB;
  const brought = a.started?.cookie.fingerprint;
  return brought !== undefined && [sessionAtEnd(b), b.started?.cookie.fingerprint].includes(brought);
}
