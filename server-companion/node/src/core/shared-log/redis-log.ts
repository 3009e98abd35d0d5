/**
 * A log that several processes share, in a Redis stream: each writes to it and keeps a mirror of it to read from. The
 * Python companion writes the same one (`core/redis_log.py`). Events are redacted before they leave the process. Redis
 * numbers them, in the order in which it takes them, so that every process sends the same sequence.
 */
import { randomBytes } from 'node:crypto';
import { describeError } from '../describe-error.ts';
import { ownEvent } from '../event-forms.ts';
import type { NewEvent, WritableLog } from '../event-log.ts';
import type { HeldEvent, KeyedOperation } from '../event-ring.ts';
import { createHeldEvents, type HeldEvents, outgoing } from '../held-events.ts';
import { DEFAULT_LOG_LIMITS, type LogLimits } from '../options.ts';
import type { Redaction } from '../redaction.ts';
import { mapSentences } from '../sentences.ts';
import { createLink } from './redis-link.ts';
import type { RedisAddress } from './redis-url.ts';
import { APPEND, eventOf, keysOf, LIFE_S, type StreamEntry } from './stream-entry.ts';
import { createStreamReader } from './stream-reader.ts';
import { createStreamWriter, type WaitingEvent } from './stream-writer.ts';

/** Events between two `epoch-started` of a process: where a log holds fewer, processes would only displace each other's. */
const REPEAT_LEAST = 100;

export interface RedisLogOptions {
  address: RedisAddress;
  redaction: Redaction;
  limits: Partial<LogLimits> | undefined;
  /** Names the project: all its processes have the same. */
  app: string;
  /** Names this process in the events of whichever log it writes. */
  processName: string;
  /** A JSON text without the session keys that this process knows. */
  withoutKeysInJson: (json: string) => string;
  now: () => number;
  /** Called once, where Redis takes or gives nothing more; `reason`: what it said last, for people. */
  onLost: (log: RedisLog, reason: string) => void;
  /** The `epoch-started` of this process is no longer in the mirror, and others that come later may not find it. */
  onEpochGone: () => void;
}

/** `append` returns the event's number in this process: that in the log comes from Redis. */
export interface RedisLog extends WritableLog, Pick<HeldEvents, 'revocations'> {
  /**
   * Takes no more, and gives back what Redis is not known to have taken, oldest first, with the count of what was
   * dropped before.
   */
  end(): { unread: WaitingEvent[]; dropped: number };
  /** Hands what waits to the kernel: the process ends. */
  postAll(): void;
  close(): void;
}

/** Opens the log that is there, or begins it; resolves once all of it was read. Rejects where Redis does not answer. */
export async function openRedisLog(options: RedisLogOptions): Promise<RedisLog> {
  const { address, app } = options;
  const [writing, reading] = [createLink(address), createLink(address)];
  const keys = keysOf(app);
  /** Names this log's entries: its numbers begin with it. */
  const writer = randomBytes(4).toString('hex');
  const { events: maxEvents } = { ...DEFAULT_LOG_LIMITS, ...options.limits };
  try {
    await writing.ask(['SET', keys[2]!, randomBytes(6).toString('hex'), 'NX', 'EX', LIFE_S]);
    const epoch = String(await writing.ask(['GET', keys[2]!]));
    // Writes nothing: whether this Redis has scripts and streams, and lets us.
    await writing.ask(['EVAL', APPEND, keys.length, ...keys, epoch, 0, maxEvents, LIFE_S, writer]);
    const log = mirror(options, { writing, reading, keys, epoch, name: writer });
    await log.catchUp();
    return log.log;
  } catch (error) {
    writing.close();
    reading.close();
    throw error;
  }
}

interface Parts {
  writing: ReturnType<typeof createLink>;
  reading: ReturnType<typeof createLink>;
  keys: string[];
  epoch: string;
  name: string;
}

function mirror(
  { redaction, limits, processName, withoutKeysInJson, now, onLost, onEpochGone }: RedisLogOptions,
  { writing, reading, keys, epoch, name }: Parts,
): { log: RedisLog; catchUp: () => Promise<void> } {
  const { events: maxEvents, bytes: maxBytes } = { ...DEFAULT_LOG_LIMITS, ...limits };
  const held = createHeldEvents({ redaction, limits, now, epoch, isShared: true });
  /** Numbers in the log, by who wrote it and its own number: what names another event by `via`. */
  const numbers = new Map<string, number>();
  let local = 0;
  let isOver = false;
  /** Number of this process's newest `epoch-started`. */
  let epochAt: number | undefined;

  function lose(error: Error): void {
    if (isOver) return;
    isOver = true;
    writing.close();
    reading.close();
    onLost(log, reasonOf(error));
  }

  const writer = createStreamWriter({
    link: writing,
    keys,
    epoch,
    writer: name,
    maxEvents,
    maxBytes,
    lastSeq: () => held.lastSeq,
    textOf: (event) => withoutKeysInJson(JSON.stringify(leaving(event, redaction))),
    isOver: () => isOver,
    onLost: lose,
    onTaken() {
      const dropped = writer.dropped();
      if (dropped > 0) log.append(droppedFault(dropped), 64, null);
    },
  });

  const reader = createStreamReader({
    link: reading,
    stream: keys[0]!,
    take,
    onForeign(count) {
      const message = `${count} entries of the shared log were not written by a companion, and were removed.`;
      log.append({ type: 'fault-noted', exchange: null, where: 'redis', message, total: count }, 64, null);
    },
    isOver: () => isOver,
    onLost: lose,
  });

  /** Mirrors an entry: the record of this process itself, where it is one, with the values that are redacted for others. */
  function take(entry: StreamEntry): void {
    if (entry.seq <= held.lastSeq) return;
    if (entry.seq !== held.lastSeq + 1) held.skipTo(entry.seq);
    let isEpochGone = false;
    const forget = ({ type }: HeldEvent) => void (isEpochGone ||= type === 'epoch-started');
    const own = entry.writer === name ? writer.take(entry.local, forget) : undefined;
    if (own === undefined) held.put(eventOf(entry, epoch, seqOf), entry.json.length, entry.owner);
    else held.put(withSeqOfVia(own.event), own.bytes, own.owner);
    numbers.set(`${entry.writer} ${entry.local}`, entry.seq);
    if (numbers.size > maxEvents) numbers.delete(numbers.keys().next().value!);
    if (own?.event.type === 'epoch-started') epochAt = entry.seq;
    const firstSeq = held.lastSeq - held.heldEvents + 1;
    if (epochAt !== undefined && epochAt < firstSeq && entry.seq - epochAt >= REPEAT_LEAST) isEpochGone = true;
    if (!isEpochGone) return;
    epochAt = undefined;
    onEpochGone();
  }

  const seqOf = (of: string, number: number): number | undefined => numbers.get(`${of} ${number}`);

  function withSeqOfVia(event: HeldEvent): HeldEvent {
    if (event.type !== 'operation-recorded' || event.via === undefined) return event;
    const { via, ...rest } = event;
    const seq = seqOf(name, via);
    return seq === undefined ? rest : { ...rest, via: seq };
  }

  function put(event: HeldEvent, bytes: number, owner: string | null): number {
    local += 1;
    writer.put({ local, event, bytes, owner });
    return local;
  }

  const log: RedisLog = Object.assign(held, {
    append(event: NewEvent, bytes: number, owner: string | null) {
      const dated = event as HeldEvent;
      // Now, since a key that is known today may be forgotten when somebody reads this.
      mapSentences(dated, redaction.withoutKeys);
      dated.at = now();
      nameProcess(dated, processName);
      return put(dated, bytes, owner);
    },
    appendKeyed: (operation: KeyedOperation, bytes: number, owner: string | null) =>
      put(eventOfKeyed(operation, now()), bytes, owner),
    end() {
      isOver = true;
      return { unread: writer.giveBack(), dropped: writer.dropped() };
    },
    postAll: () => writer.postAll(),
    close() {
      isOver = true;
      writing.close();
      reading.close();
    },
  });
  return {
    log,
    async catchUp() {
      await reader.catchUp();
      void reader.readOn();
    },
  };
}

/** Says whose it is in what names a process: several may write one log, and one may write several. */
export function nameProcess(event: NewEvent, name: string): void {
  if (event.type === 'exchange-started' || event.type === 'epoch-started') event.process = name;
}

/** A keyed operation as an event: what is given is filled again, and what is absent in it is no field. */
function eventOfKeyed(operation: KeyedOperation, at: number): HeldEvent {
  const event: Record<string, unknown> = { type: 'operation-recorded', epoch: '', seq: 0, at };
  for (const [name, value] of Object.entries(operation)) if (value !== undefined) event[name] = value;
  return event as unknown as HeldEvent;
}

/** An event as it leaves the process: redacted, within bounds, without the number that Redis will give it. */
function leaving(event: HeldEvent, redaction: Redaction): object {
  try {
    const { epoch: _epoch, seq: _seq, ...rest } = outgoing(ownEvent(event), redaction, { bytes: 0 });
    return rest;
  } catch (error) {
    const message = `An event could not be made: ${describeError(error).name}`;
    return { type: 'fault-noted', at: event.at, exchange: null, where: 'event', message, total: 1 };
  }
}

export const droppedFault = (count: number): NewEvent => ({
  type: 'fault-noted',
  exchange: null,
  where: 'redis',
  message: `Redis did not keep up: ${count} events of this process were dropped.`,
  total: count,
});

/** What people are told of a failure: nothing that Redis may have repeated of what it was sent. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (message || code || 'unknown').split(', with args', 1)[0]!.slice(0, 200);
}
