/** What a recording says of one request, as far as it decides under other settings too. */
import type { OperationRecorded, Verdict } from '../../protocol/index.ts';
import { sessionAt, sessionAtEnd } from '../history/moment.ts';
import type { ExchangeRecord } from '../recording/records.ts';

export type Ended = ExchangeRecord & Required<Pick<ExchangeRecord, 'started' | 'finished'>>;
type Outcome = NonNullable<OperationRecorded['outcome']>;

/** `none`: the app changed nothing. `set`: it assigned a key, last of all. `other`: it changed something perhaps. */
export type AppWrites = 'none' | 'set' | 'other';

export interface Facts {
  exchange: Ended;
  verdict: Verdict;
  /** The session that the request's cookie names. */
  sent: string | undefined;
  /** How the library's own load went; `undefined`: it loaded nothing. */
  load: Outcome | undefined;
  /** Keys in what was loaded; `undefined`: not known. */
  loadedKeys: number | undefined;
  /** The session in memory at the end; `undefined`: none, or it has no key. */
  session: string | undefined;
  /** It has another key than the one that was sent. */
  isNewKey: boolean;
  /** The app had a new key made. */
  isRotated: boolean;
  writes: AppWrites;
  /** The app emptied or ended it: that asks for no load first. */
  isCleared: boolean;
  /** The app marked the session as changed, or touched it, without changing what is in it. */
  isMarked: boolean;
  /** What lies inside a value was changed, as found by comparison. */
  hasNestedChange: boolean;
  /** The app itself saved the session, and the store took it. */
  isSavedByApp: boolean;
  /** The app says when this session ends. */
  setsExpiry: boolean;
  /** The app went on with the session after the response's head had left. */
  isLate: boolean;
  isAborted: boolean;
  isServerError: boolean;
  /** Epoch ms. */
  endedAt: number;
}

const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'flush', 'cycle-key']);
/** Of the app, these touch the session's content or its record. */
const ACTS: ReadonlySet<string> = new Set([...WRITES, 'save', 'touch', 'set-expiry', 'load']);

const isOfApp = ({ actor }: OperationRecorded) => actor === 'app';

/** `undefined`: how it ended is not known. */
export function factsOf(exchange: ExchangeRecord): Facts | undefined {
  const { started, finished, operations, at } = exchange;
  if (started === undefined || finished === undefined) return undefined;
  const { fingerprint: sent, signature } = started.cookie;
  const head = finished.headAtMs ?? Number.POSITIVE_INFINITY;
  const lateAt = operations.findIndex(
    ({ actor, operation, seq, offsetMs = 0 }) =>
      actor === 'app' && ACTS.has(operation) && (seq > finished.seq || offsetMs > head),
  );
  const isLate = lateAt >= 0;
  // What came after the response is none of what decided.
  const before = isLate ? operations.slice(0, lateAt) : operations;
  const session = sessionAt(exchange, before.length) ?? (isLate ? undefined : sessionAtEnd(exchange));
  const load = before.find(({ operation, actor }) => operation === 'load' && actor === 'framework');
  const own = before.filter(isOfApp);
  const changes = own.filter(({ operation }) => WRITES.has(operation));
  const isValid = signature === undefined || signature === 'valid' || signature === 'unsigned';
  return {
    exchange: exchange as Ended,
    verdict: finished.verdict,
    sent: isValid ? sent : undefined,
    load: load?.outcome,
    loadedKeys: load?.keys,
    session,
    isNewKey: session !== sent,
    isRotated: before.some(({ operation }) => operation === 'cycle-key'),
    writes: writesOf(changes),
    isCleared: own.some(({ operation }) => operation === 'clear' || operation === 'flush'),
    isMarked: own.some(({ operation }) => operation === 'touch' || operation === 'set-expiry'),
    hasNestedChange: before.some(({ operation, inferred }) => inferred === true && operation !== 'get'),
    isSavedByApp: own.some(({ operation, outcome }) => operation === 'save' && outcome === 'done'),
    setsExpiry: before.some(({ operation }) => operation === 'set-expiry'),
    isLate,
    isAborted: finished.ending === 'aborted',
    isServerError: (finished.status ?? 0) >= 500,
    endedAt: at + finished.durationMs,
  };
}

function writesOf(changes: readonly OperationRecorded[]): AppWrites {
  if (changes.length === 0) return 'none';
  const last = changes.findLast(({ inferred }) => inferred !== true);
  return last?.operation === 'set' ? 'set' : 'other';
}
