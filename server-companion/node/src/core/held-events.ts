/**
 * The events that a log holds: a ring of them as they were recorded, unredacted. What leaves it is redacted for who
 * asks. Bounded by count and by bytes: the oldest are evicted, and a reader who missed them is sent a gap.
 */
import type {
  EncodedValue,
  EpochStarted,
  KeyPath,
  KeyPathStep,
  OperationRecorded,
  Position,
  SessionscopeEvent,
} from '../../../../protocol/index.ts';
import type { EventLog, LogReading, Viewer } from './contract.ts';
import { EVENT_BOUNDS, LOG_BOUNDS } from './encode.ts';
import { ownEvent } from './event-forms.ts';
import { EventRing, type HeldEvent, type KeyedOperation } from './event-ring.ts';
import { DEFAULT_LOG_LIMITS, type LogLimits } from './options.ts';
import { partAt } from './parts.ts';
import { keysOf, redact, redactPart, shownPath } from './redact.ts';
import type { Redaction } from './redaction.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import { mapSentences } from './sentences.ts';
import { NAME_BYTES, type Part, type SentValues } from './sent-values.ts';
import { type Meter, trim } from './trim.ts';

/** Readers are woken together, and no sooner than this after the last time: a burst of events costs them one turn. */
const BATCH_MS = 10;

/** After a pause they are woken with what one turn of the app has done: nobody waits for a batch of one. */
const TURN_MS = 1;

/** Processes that one log has had, with restarts: as many as fit into one answer beside its gap. */
const MAX_EPOCH_EVENTS = 64;

/** Bytes of an event besides its values: names, ids, numbers. */
const EVENT_BYTES = 240;

export interface HeldEvents extends EventLog {
  readonly heldBytes: number;
  readonly heldEvents: number;
  /** Keeps an event under the next number, which it returns. `bytes`, `owner`: as of `WritableLog.append`. */
  put(event: HeldEvent, bytes: number, owner: string | null): number;
  /** As `put`, of a keyed operation that happened at `at`: copied, and may be filled again. */
  putKeyed(at: number, operation: KeyedOperation, bytes: number, owner: string | null): number;
  /** The next number is this one: what lies between is lost, and so is what is held, since it would hide the gap. */
  skipTo(seq: number): void;
  /** From when on which keys open nothing. */
  readonly revocations: Revocations;
}

export interface HeldOptions {
  redaction: Redaction;
  limits?: Partial<LogLimits> | undefined;
  now: () => number;
  epoch: string;
  /** Other processes number the events, and a reader may come from one of them. Default: no. */
  isShared?: boolean;
}

export function createHeldEvents({ redaction, limits, now, epoch, isShared = false }: HeldOptions): HeldEvents {
  const { events: maxEvents, bytes: maxBytes } = { ...DEFAULT_LOG_LIMITS, ...limits };
  const ring = new EventRing(maxEvents, epoch);
  const wakers = new Set<() => void>();
  let lastSeq = 0;
  /** `seq` of the oldest held. */
  let firstSeq = 1;
  let heldBytes = 0;
  /** When the newest evicted event had happened. */
  let evictedAt = 0;
  /** The newest `epoch-started` that was evicted, by the process that it is about: who missed it gets it again. */
  const evictedEpochs = new Map<string | undefined, EpochStarted>();
  let timer: NodeJS.Timeout | undefined;
  /** By the monotonic clock. */
  let wokenAt = -Infinity;

  /** Exchanges that ended with another session than they began with, by id: whoever holds that one saw the response. */
  const madeIn = new Map<string, string>();

  const revocations = createRevocations();

  /** The oldest is held no longer; what its slot holds is dropped, or overwritten at once. */
  function evict(isOverwritten = false): void {
    heldBytes -= ring.bytesOf(firstSeq);
    const type = ring.typeOf(firstSeq);
    if (type === 'exchange-finished') madeIn.delete(ring.exchangeOf(firstSeq)!);
    else if (type === 'epoch-started') keepEpochEvent(ring.get(firstSeq) as EpochStarted);
    evictedAt = ring.atOf(firstSeq);
    if (!isOverwritten) ring.drop(firstSeq);
    firstSeq += 1;
  }

  function keepEpochEvent(event: EpochStarted): void {
    evictedEpochs.delete(event.process);
    evictedEpochs.set(event.process, event);
    if (evictedEpochs.size > MAX_EPOCH_EVENTS) evictedEpochs.delete(evictedEpochs.keys().next().value);
  }

  function wake(): void {
    timer = undefined;
    wokenAt = performance.now();
    for (const waker of wakers) waker();
  }

  /** Takes the next number, and room for it. */
  function number(): void {
    if (lastSeq - firstSeq + 1 >= maxEvents) evict(true);
    lastSeq += 1;
  }

  function account(bytes: number): number {
    heldBytes += bytes;
    while (heldBytes > maxBytes && firstSeq < lastSeq) evict();
    if (wakers.size > 0 && timer === undefined) {
      const wait = Math.max(TURN_MS, wokenAt + BATCH_MS - performance.now());
      timer = setTimeout(wake, wait).unref();
    }
    return lastSeq;
  }

  const isVisible = (seq: number, viewer: Viewer): boolean => {
    const type = ring.typeOf(seq);
    if (viewer.all || type === 'epoch-started') return true;
    const exchange = ring.exchangeOf(seq);
    // The companion's own fault, in nobody's exchange: whoever looks must know that it is not whole.
    if (type === 'fault-noted' && exchange === null) return true;
    if (exchange !== null && viewer.exchanges.has(exchange)) return true;
    const owner = ring.ownerOf(seq);
    if (owner !== null && viewer.sessions.has(owner) && !revocations.hides(owner, exchange, seq)) return true;
    const made = exchange === null || madeIn.size === 0 ? undefined : madeIn.get(exchange);
    return made !== undefined && viewer.sessions.has(made) && !revocations.hides(made, null, seq);
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
    put(event, valueBytes, owner) {
      number();
      if (event.type === 'exchange-finished' && event.sessionAfter !== null && event.sessionAfter !== owner)
        madeIn.set(event.exchange, event.sessionAfter);
      if (event.type === 'operation-recorded') revocations.note(event, lastSeq);
      event.epoch = epoch;
      event.seq = lastSeq;
      ring.put(event, valueBytes + EVENT_BYTES, owner);
      return account(valueBytes + EVENT_BYTES);
    },
    putKeyed(at, operation, valueBytes, owner) {
      number();
      ring.putKeyed(lastSeq, at, operation, valueBytes + EVENT_BYTES, owner);
      return account(valueBytes + EVENT_BYTES);
    },
    skipTo(seq) {
      while (firstSeq <= lastSeq) evict();
      firstSeq = seq;
      lastSeq = seq - 1;
      evictedAt = Math.max(evictedAt, now());
    },
    revocations,
    read(
      after,
      viewer,
      limit,
      maxBytes = Number.POSITIVE_INFINITY,
      maxMs = Number.POSITIVE_INFINITY,
      sent?: SentValues,
    ): LogReading {
      sent?.begin(epoch);
      const events: SessionscopeEvent[] = [];
      const from = after === null || after.epoch !== epoch ? 0 : after.seq;
      let seq = from;
      // Of a log that several processes write, this one may lag behind where the reader was before.
      if (from > lastSeq && isShared) return { events, next: { epoch, seq: from }, more: false };
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
        for (const event of evictedEpochs.values()) events.push(outgoing(ownEvent(event), redaction, { bytes: 0 }));
        events.push(lost);
        seq = firstSeq - 1;
      }
      const meter = { bytes: 0 };
      const began = performance.now();
      while (
        seq < lastSeq &&
        events.length < limit &&
        meter.bytes < maxBytes &&
        (events.length === 0 || performance.now() - began < maxMs)
      ) {
        seq += 1;
        if (isVisible(seq, viewer)) events.push(outgoing(ring.get(seq), redaction, meter, sent));
      }
      const next: Position = { epoch, seq };
      return { events, next, more: seq < lastSeq };
    },
    knows(viewer) {
      for (let seq = lastSeq; seq >= firstSeq; seq--)
        if (ring.typeOf(seq) !== 'epoch-started' && isVisible(seq, viewer)) return true;
      return false;
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
      const whole = (event as Partial<Record<'before' | 'after' | 'state' | 'stored', EncodedValue>>)[part];
      if (whole === undefined) return undefined;
      const value =
        reveal && viewer.all
          ? partAt(whole, keysOf(whole, path, redaction))
          : redactPart(
              whole,
              path,
              part === 'state' || part === 'stored' ? [] : namesOf(event as Partial<OperationRecorded>),
              redaction,
            );
      return value === undefined ? undefined : trim(value, redaction.digest, LOG_BOUNDS);
    },
  };
}

/** The names under which an operation's values stand. A cookie's flag (`cookie.path=`) is no secret for the `cookie` in its path. */
const namesOf = ({ call, path = [] }: Partial<OperationRecorded>): KeyPathStep[] =>
  call?.startsWith('cookie.') ? path.slice(1) : path;

/**
 * An event as it may leave the process: redacted, as large as an event may be, with what is only computed for a reader.
 * `event` itself is changed, not what is in it.
 */
export function outgoing(event: HeldEvent, redaction: Redaction, meter: Meter, sent?: SentValues): SessionscopeEvent {
  meter.bytes += EVENT_BYTES;
  const copy = mapSentences(event, redaction.clean);
  if (copy.type !== 'operation-recorded' && copy.type !== 'snapshot-taken') return copy;
  const { state } = copy;
  const show = (part: Part, value: EncodedValue, path: KeyPath): EncodedValue => {
    const name = sent?.nameOf(value, path);
    if (name !== undefined) {
      meter.bytes += NAME_BYTES;
      return name;
    }
    const before = meter.bytes;
    // Redacted first: what is cut off may be what reveals a secret.
    const shown = trim(redact(value, path, redaction), redaction.digest, EVENT_BOUNDS, meter);
    sent?.note(value, path, meter.bytes - before, event.seq, part);
    return shown;
  };
  if (copy.type === 'snapshot-taken') {
    if (state === undefined) return copy;
    copy.state = trim(redact(state, [], redaction), redaction.digest, EVENT_BOUNDS, meter);
    copy.digest ??= redaction.digestOf(state);
    return copy;
  }
  sent?.next();
  const { before, after, stored } = copy;
  const path = namesOf(copy);
  if (copy.path !== undefined) copy.path = [...shownPath(copy.path, redaction)];
  if (before !== undefined) copy.before = show('before', before, path);
  if (after !== undefined) copy.after = show('after', after, path);
  if (state !== undefined) {
    copy.state = show('state', state, []);
    // Of the content before redaction, so that it distinguishes two records that differ in a secret only: another
    // process has redacted it already, and says which it was.
    if (copy.operation === 'load' || copy.operation === 'save') copy.digest ??= redaction.digestOf(state);
  }
  if (stored !== undefined) copy.stored = show('stored', stored, []);
  return copy;
}
