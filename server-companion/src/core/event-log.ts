/**
 * The bounded log of one epoch: a ring of events as they were recorded, unredacted. What leaves it is redacted for
 * who asks. Bounded by count and by bytes: the oldest are evicted, and a reader who missed them is told the gap.
 */
import { randomBytes } from 'node:crypto';
import type {
  EncodedValue,
  EpochStarted,
  KeyPath,
  KeyPathStep,
  OperationRecorded,
  Position,
  SessionscopeEvent,
} from '../../../protocol/index.ts';
import type { EventLog, LogReading, Viewer } from './contract.ts';
import { EVENT_BOUNDS, LOG_BOUNDS } from './encode.ts';
import { EventRing, type HeldEvent, type KeyedOperation } from './event-ring.ts';
import { DEFAULT_LOG_LIMITS, type LogLimits } from './options.ts';
import { namesOn, partAt } from './parts.ts';
import { redact, type Redaction } from './redact.ts';
import { type Meter, trim } from './trim.ts';

/** Readers are woken together: a burst of events costs them one turn. */
const BATCH_MS = 10;

/** Bytes of an event besides its values: names, ids, numbers. */
const EVENT_BYTES = 240;

type Unnumbered<T> = T extends unknown ? Omit<T, 'epoch' | 'seq' | 'at'> : never;
/** An event before the log has numbered and dated it. */
export type NewEvent = Unnumbered<Exclude<SessionscopeEvent, { type: 'gap-opened' }>>;

export interface WritableLog extends EventLog {
  /**
   * Numbers, dates and keeps an event; returns its `seq`. `bytes`: of the values in it. `owner`: the session with
   * which its exchange began.
   */
  append(event: NewEvent, bytes: number, owner: string | null): number;
  /** As `append`, of a read, write or deletion of one key: `operation` is copied and may be filled anew. */
  appendKeyed(operation: KeyedOperation, bytes: number, owner: string | null): number;
  readonly heldBytes: number;
  readonly heldEvents: number;
}

export interface LogOptions {
  redaction: Redaction;
  limits?: Partial<LogLimits>;
  /** Epoch ms; default the system's clock. */
  now?: () => number;
  epoch?: string;
}

export function createEventLog({
  redaction,
  limits,
  now = Date.now,
  epoch = randomBytes(6).toString('hex'),
}: LogOptions): WritableLog {
  const { events: maxEvents, bytes: maxBytes } = { ...DEFAULT_LOG_LIMITS, ...limits };
  const ring = new EventRing(maxEvents, epoch);
  const wakers = new Set<() => void>();
  let lastSeq = 0;
  /** `seq` of the oldest held. */
  let firstSeq = 1;
  let heldBytes = 0;
  /** When the newest evicted event had happened. */
  let evictedAt = 0;
  /** The newest word on the epoch that was evicted: who missed it is told again. */
  let evictedEpoch: EpochStarted | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Exchanges that ended with another session than they began with, by id: whoever holds that one saw the response. */
  const madeIn = new Map<string, string>();

  function evict(): void {
    heldBytes -= ring.bytesOf(firstSeq);
    const type = ring.typeOf(firstSeq);
    if (type === 'exchange-finished') madeIn.delete(ring.exchangeOf(firstSeq)!);
    else if (type === 'epoch-started') evictedEpoch = ring.get(firstSeq) as EpochStarted;
    evictedAt = ring.atOf(firstSeq);
    ring.drop(firstSeq);
    firstSeq += 1;
  }

  function wake(): void {
    timer = undefined;
    for (const waker of wakers) waker();
  }

  /** Takes the next number, and room for it. */
  function number(): void {
    if (lastSeq - firstSeq + 1 >= maxEvents) evict();
    lastSeq += 1;
  }

  function account(bytes: number): number {
    heldBytes += bytes;
    while (heldBytes > maxBytes && firstSeq < lastSeq) evict();
    if (wakers.size > 0 && timer === undefined) timer = setTimeout(wake, BATCH_MS).unref();
    return lastSeq;
  }

  const isVisible = (seq: number, viewer: Viewer): boolean => {
    if (viewer.all || ring.typeOf(seq) === 'epoch-started') return true;
    const exchange = ring.exchangeOf(seq);
    if (exchange !== null && viewer.exchanges.has(exchange)) return true;
    const owner = ring.ownerOf(seq);
    if (owner !== null && viewer.sessions.has(owner)) return true;
    const made = exchange === null || madeIn.size === 0 ? undefined : madeIn.get(exchange);
    return made !== undefined && viewer.sessions.has(made);
  };

  return {
    epoch,
    get lastSeq() {
      return lastSeq;
    },
    get heldBytes() {
      return heldBytes;
    },
    get heldEvents() {
      return lastSeq - firstSeq + 1;
    },
    append(event, valueBytes, owner) {
      number();
      const numbered = event as HeldEvent;
      if (event.type === 'exchange-finished' && event.sessionAfter !== null && event.sessionAfter !== owner)
        madeIn.set(event.exchange, event.sessionAfter);
      numbered.epoch = epoch;
      numbered.seq = lastSeq;
      numbered.at = now();
      ring.put(numbered, valueBytes + EVENT_BYTES, owner);
      return account(valueBytes + EVENT_BYTES);
    },
    appendKeyed(operation, valueBytes, owner) {
      number();
      ring.putKeyed(lastSeq, now(), operation, valueBytes + EVENT_BYTES, owner);
      return account(valueBytes + EVENT_BYTES);
    },
    read(after, viewer, limit, maxBytes = Number.POSITIVE_INFINITY): LogReading {
      const events: SessionscopeEvent[] = [];
      const from = after === null || after.epoch !== epoch ? 0 : after.seq;
      let seq = from;
      if (from > lastSeq) {
        events.push({
          type: 'gap-opened',
          epoch,
          seq: Math.max(1, lastSeq),
          at: now(),
          fromSeq: Math.max(1, lastSeq),
          count: 0,
          cause: 'unknown-position',
        });
        seq = firstSeq - 1;
      } else if (from < firstSeq - 1) {
        const lost = {
          type: 'gap-opened',
          epoch,
          seq: firstSeq - 1,
          at: evictedAt,
          fromSeq: from + 1,
          count: firstSeq - 1 - from,
          cause: 'evicted',
        } as const;
        if (evictedEpoch !== undefined) events.push(evictedEpoch);
        events.push(lost);
        seq = firstSeq - 1;
      }
      const meter = { bytes: 0 };
      while (seq < lastSeq && events.length < limit && meter.bytes < maxBytes) {
        seq += 1;
        if (isVisible(seq, viewer)) events.push(outgoing(ring.get(seq), redaction, meter));
      }
      const next: Position = { epoch, seq };
      return { events, next, more: seq < lastSeq };
    },
    subscribe(waker) {
      wakers.add(waker);
      return () => {
        wakers.delete(waker);
        if (wakers.size > 0 || timer === undefined) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    value({ seq, part, path, reveal }, viewer): EncodedValue | undefined {
      if (seq < firstSeq || seq > lastSeq) return undefined;
      if (!isVisible(seq, viewer)) return undefined;
      const event = ring.get(seq);
      if (event.type !== 'operation-recorded' && event.type !== 'snapshot-taken') return undefined;
      const whole = (event as Partial<Record<'before' | 'after' | 'state', EncodedValue>>)[part];
      const value = whole === undefined ? undefined : partAt(whole, path);
      if (whole === undefined || value === undefined) return undefined;
      const names = secretPath(event, part, namesOn(whole, path));
      return trim(reveal && viewer.all ? value : redact(value, names, redaction), redaction.digest, LOG_BOUNDS);
    },
  };
}

const secretPath = (event: { path?: KeyPathStep[] } | object, part: string, path: KeyPath): KeyPathStep[] => [
  ...(part === 'state' ? [] : namesOf(event as Partial<OperationRecorded>)),
  ...path,
];

/** The names under which an operation's values stand. A cookie's flag (`cookie.path=`) is no secret for the `cookie` in its path. */
const namesOf = ({ call, path = [] }: Partial<OperationRecorded>): KeyPathStep[] =>
  call?.startsWith('cookie.') ? path.slice(1) : path;

/** An event as it may leave the process: redacted, as large as an event may be, with what is only computed for a reader. */
function outgoing(event: HeldEvent, redaction: Redaction, meter: Meter): SessionscopeEvent {
  meter.bytes += EVENT_BYTES;
  if (event.type !== 'operation-recorded' && event.type !== 'snapshot-taken') return event;
  const { state } = event;
  // Redacted first: what is cut off may be what tells a secret.
  const show = (value: EncodedValue, path: KeyPath) =>
    trim(redact(value, path, redaction), redaction.digest, EVENT_BOUNDS, meter);
  if (event.type === 'snapshot-taken') {
    if (state === undefined) return event;
    return { ...event, state: show(state, []), digest: event.digest ?? redaction.digest(JSON.stringify(state)) };
  }
  const { before, after } = event;
  const path = namesOf(event);
  if (before === undefined && after === undefined && state === undefined) return event;
  const copy: OperationRecorded = { ...event };
  if (before !== undefined) copy.before = show(before, path);
  if (after !== undefined) copy.after = show(after, path);
  if (state !== undefined) {
    copy.state = show(state, []);
    // Of the content before redaction, so that it tells two records apart that differ in a secret only.
    if (event.operation === 'load' || event.operation === 'save') copy.digest = redaction.digest(JSON.stringify(state));
  }
  return copy;
}
