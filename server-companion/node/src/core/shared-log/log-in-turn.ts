/**
 * The log that a process writes while it shares one in Redis: the shared one, and one of its own for as long as Redis
 * does not answer. Nothing waits for Redis but the endpoint's first call. A request stays in the log that it began in,
 * or in the one that took its place; a reader first gets the rest of the one before.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { EncodedValue, Position } from '../../../../../protocol/index.ts';
import type { LogReading, Viewer } from '../contract.ts';
import { createEventLog, type NewEvent, type WritableLog } from '../event-log.ts';
import type { KeyedOperation } from '../event-ring.ts';
import type { HeldEvents } from '../held-events.ts';
import type { SentValues } from '../sent-values.ts';
import { pause } from './redis-link.ts';
import { droppedFault, nameProcess, openRedisLog, reasonOf, type RedisLog, type RedisLogOptions } from './redis-log.ts';
import { RETRY_MS, type WaitingEvent } from './stream-writer.ts';

/** What the endpoint's first call waits for a Redis that answers: it does within some milliseconds. */
const FIRST_WAIT_MS = 50;

/** Once Redis answers, requests that are under way may end in the log that they began in; no longer than this. */
const HANDOVER_MS = 5_000;

/** Reasons why Redis is not used that one log of this process's own reports: a Redis that comes and goes has many. */
const MAX_REASONS = 5;

/** What `epoch-started` says of the log in which it stands. */
export interface LogState {
  readonly isShared: boolean;
  /** Why it is one of this process's own. */
  readonly fault?: string;
}

export interface LogInTurn extends WritableLog {
  /** `undefined`: it has not begun; `onBegin` is called when it does. */
  readonly state: LogState | undefined;
  ready(): Promise<void>;
  close(): void;
}

export interface LogInTurnOptions extends Omit<RedisLogOptions, 'onLost' | 'onEpochGone' | 'processName'> {
  /** Another log is the one that is written, or more is known of it: the first event in it says of whom it is. */
  onBegin: () => void;
}

/** Sees all that there is. */
const ANYBODY: Viewer = { all: true, sessions: new Set(), exchanges: new Set() };

type OwnLog = WritableLog & HeldEvents;
type AnyLog = OwnLog | RedisLog;

const isRedisLog = (log: AnyLog): log is RedisLog => 'postAll' in log;

export function createLogInTurn(options: LogInTurnOptions): LogInTurn {
  const { redaction, limits, now, onBegin } = options;
  const processName = randomBytes(4).toString('hex');
  let current: AnyLog | undefined;
  /** The one before: whoever was reading it gets its rest. */
  let previous: AnyLog | undefined;
  /** Shared already, and written once no request is under way in the one of this process's own. */
  let next: RedisLog | undefined;
  let reason = 'it has not answered yet';
  let reasons = 0;
  let isClosed = false;
  /** Requests under way. */
  const open = new Set<string>();
  /** Those that were when the log had to change: what they do is kept where they began. */
  let leftBehind = new Set<string>();
  /** Numbers that were given out before `current` began, and what became of those that it took over. */
  let base = 0;
  let given = 0;
  let moved = new Map<number, number>();
  const wakers = new Map<() => void, () => void>();
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  /** A timer or socket that begins in a request would keep what the app knows of that request. */
  const outside = AsyncLocalStorage.snapshot();

  const fault = () =>
    `The option log names a Redis that is not used (${reason}): until it is, this process keeps a log of its own, and ` +
    'what other processes do is not shown here.';

  async function connect(): Promise<void> {
    for (;;) {
      if (isClosed) return;
      try {
        const log = await openRedisLog({ ...options, processName, onLost, onEpochGone: onBegin });
        found(log);
        return;
      } catch (error) {
        noteReason(reasonOf(error));
        await pause(RETRY_MS);
      }
    }
  }

  function noteReason(words: string): void {
    if (words === reason) return;
    reason = words;
    if (current === undefined || isRedisLog(current) || ++reasons > MAX_REASONS) return;
    onBegin();
  }

  function found(log: RedisLog): void {
    if (isClosed) return log.close();
    if (current === undefined) return begin(log);
    next = log;
    if (open.size === 0) return switchToShared();
    setTimeout(() => {
      if (next === log) switchToShared();
    }, HANDOVER_MS).unref();
  }

  function begin(log: AnyLog): void {
    previous = current !== undefined && current.epoch !== log.epoch ? current : undefined;
    if (current !== undefined) log.revocations.inherit(current.revocations, log.lastSeq + 1);
    current = log;
    base = given;
    reasons = 0;
    moved = new Map();
    for (const [waker, unsubscribe] of wakers) {
      unsubscribe();
      wakers.set(waker, log.subscribe(waker));
    }
    begun();
    onBegin();
    for (const waker of wakers.keys()) waker();
  }

  /** From here on the shared log is written; what is not in it is reported there. */
  function switchToShared(): void {
    const [own, shared] = [current!, next!];
    next = undefined;
    leftBehind = new Set(open);
    begin(shared);
    const still = leftBehind.size === 0 ? '' : ` and what ${leftBehind.size} requests that are under way still do`;
    if (!own.knows(ANYBODY) && still === '') return;
    const message = `Redis did not answer at first: ${own.lastSeq} events${still} are in a log of this process's own, and not in this one.`;
    shared.append({ type: 'fault-noted', exchange: null, where: 'redis', message, total: own.lastSeq }, 64, null);
  }

  function onLost(log: RedisLog, words: string): void {
    if (isClosed) return;
    reason = words;
    if (log === next) next = undefined;
    else if (log === current) continueAlone(log);
    outside(() => void connect());
  }

  function beginAlone(): OwnLog {
    const own = createEventLog({ redaction, limits: limits ?? {}, now });
    begin(own);
    return own;
  }

  /** What Redis did not take goes into a log of this process's own. */
  function continueAlone(lost: RedisLog): void {
    const { unread, dropped } = lost.end();
    const before = base;
    const own = beginAlone();
    for (const { local, event, bytes, owner } of unread)
      moved.set(before + local, own.put(throughMoved(event), bytes, owner));
    if (dropped > 0) own.append(droppedFault(dropped), 64, null);

    function throughMoved(event: WaitingEvent['event']): WaitingEvent['event'] {
      if (event.type !== 'operation-recorded' || event.via === undefined) return event;
      const { via, ...rest } = event;
      const to = moved.get(before + via);
      return to === undefined ? rest : { ...rest, via: to };
    }
  }

  /** The log that an event goes into. */
  function logFor(exchange: string | null): AnyLog {
    if (leftBehind.size > 0 && exchange !== null && leftBehind.has(exchange) && previous !== undefined) return previous;
    return current ?? beginAlone();
  }

  /** A number that no log before has given; 0: of an event that no later one can name. */
  function numbered(log: AnyLog, number: number): number {
    return log === current ? (given = base + number) : 0;
  }

  /** `via` names what `numbered` gave. */
  function withOwnVia(event: NewEvent, log: AnyLog): NewEvent {
    if (event.type !== 'operation-recorded' || event.via === undefined) return event;
    const { via, ...rest } = event;
    const own = log !== current ? undefined : (moved.get(via) ?? (via > base ? via - base : undefined));
    return own === undefined ? rest : { ...rest, via: own };
  }

  function noteExchange(event: NewEvent): void {
    if (event.type === 'exchange-started') open.add(event.exchange);
    else if (event.type === 'exchange-finished' && event.verdict.record.outcome !== 'pending') {
      open.delete(event.exchange);
      leftBehind.delete(event.exchange);
      if (next !== undefined && open.size === 0) switchToShared();
    }
  }

  /** The process ends: what waits is handed to the kernel, which sends it. */
  const onExit = () => {
    if (current !== undefined && isRedisLog(current)) current.postAll();
  };
  process.on('exit', onExit);
  outside(() => void connect());

  return {
    get state() {
      if (current === undefined) return undefined;
      return isRedisLog(current) ? { isShared: true } : { isShared: false, fault: fault() };
    },
    get epoch() {
      return (current ?? beginAlone()).epoch;
    },
    get lastSeq() {
      return current?.lastSeq ?? 0;
    },
    get heldBytes() {
      return (current?.heldBytes ?? 0) + (previous?.heldBytes ?? 0);
    },
    get heldEvents() {
      return (current?.heldEvents ?? 0) + (previous?.heldEvents ?? 0);
    },
    append(event, bytes, owner) {
      const log = logFor('exchange' in event ? event.exchange : null);
      if (!isRedisLog(log)) nameProcess(event, processName);
      const number = numbered(log, log.append(withOwnVia(event, log), bytes, owner));
      noteExchange(event);
      return number;
    },
    appendKeyed(operation: KeyedOperation, bytes, owner) {
      const log = logFor(operation.exchange);
      return numbered(log, log.appendKeyed(operation, bytes, owner));
    },
    read(after: Position | null, viewer: Viewer, limit, maxBytes, maxMs, sent?: SentValues): LogReading {
      const log = current ?? beginAlone();
      if (previous === undefined || after?.epoch === log.epoch)
        return log.read(after, viewer, limit, maxBytes, maxMs, sent);
      const rest = previous.read(after, viewer, limit, maxBytes, maxMs, sent);
      if (rest.events.length > 0 || rest.more) return { ...rest, more: true };
      return log.read(null, viewer, limit, maxBytes, maxMs, sent);
    },
    knows: (viewer) => (current?.knows(viewer) ?? false) || (previous?.knows(viewer) ?? false),
    subscribe(waker) {
      wakers.set(waker, (current ?? beginAlone()).subscribe(waker));
      return () => {
        wakers.get(waker)?.();
        wakers.delete(waker);
      };
    },
    value: (request, viewer): EncodedValue | undefined => current?.value(request, viewer),
    async ready() {
      if (current === undefined) await Promise.race([hasBegun, pause(FIRST_WAIT_MS)]);
      if (current === undefined) beginAlone();
    },
    close() {
      isClosed = true;
      process.off('exit', onExit);
      next?.close();
      if (current !== undefined && isRedisLog(current)) current.close();
    },
  };
}
