/**
 * What happened, in order: exchanges with their operations, restarts and gaps. Takes events in any order and any
 * number of times; keeps each once, by epoch and sequence number. A gap is only what was told as one.
 */
import type {
  EncodedValue,
  EpochStarted,
  ExchangeFinished,
  ExchangeStarted,
  FaultNoted,
  GapOpened,
  KeyPath,
  OperationRecorded,
  SessionscopeEvent,
} from '../protocol/index.ts';
import type { HarExchange } from './har.ts';
import type { ValuePart } from './history.ts';
import { withPart } from './parts.ts';

/** Events kept: a day of clicking, some 100 MB. Past it the oldest exchanges go, and the timeline says so. */
export const MAX_EVENTS = 200_000;

/** One request, as far as it is known. */
export interface ExchangeRecord {
  kind: 'exchange';
  /** Exchange id; for operations without an exchange, `background:` and the first sequence number. */
  id: string;
  epoch: string;
  /** Of its first event known: its place in the order. */
  seq: number;
  /** Epoch ms. */
  at: number;
  /** From 1, in order, since the recording began. */
  number: number;
  started?: ExchangeStarted;
  /** By sequence number. */
  operations: OperationRecorded[];
  finished?: ExchangeFinished;
  faults: FaultNoted[];
  har?: HarExchange;
  /** The server that ran it is gone, and how it ended was never told. */
  isCutOff?: boolean;
  /** Grows with each change: what was derived from it is stale. */
  version: number;
}

/** Begun, not ended, and its server is there, as far as is known. */
export const isRunning = ({ started, finished, isCutOff }: ExchangeRecord): boolean =>
  finished === undefined && started !== undefined && isCutOff !== true;

export interface GapRecord {
  kind: 'gap';
  epoch: string;
  seq: number;
  at: number;
  gap: GapOpened;
}

export interface EpochRecord {
  kind: 'epoch';
  epoch: string;
  seq: number;
  at: number;
  started: EpochStarted;
  /** Another epoch of this recording came before it: the server was restarted. */
  isRestart: boolean;
}

export type TimelineItem = ExchangeRecord | GapRecord | EpochRecord;

type Place = Pick<TimelineItem, 'epoch' | 'seq'>;

interface Epoch {
  index: number;
  seen: Set<number>;
  record: EpochRecord | undefined;
}

export class Timeline {
  /** In order. */
  readonly items: TimelineItem[] = [];
  readonly #exchanges = new Map<string, ExchangeRecord>();
  readonly #epochs = new Map<string, Epoch>();
  /** By epoch and first event lost. */
  readonly #gaps = new Map<string, GapRecord>();
  /** HAR facts of exchanges of which no event has come yet. */
  readonly #waiting = new Map<string, HarExchange>();
  /** Exchanges that were cleared while they ran. */
  readonly #gone = new Set<string>();
  /** How many exchanges went from the start: numbers go on behind them. */
  #cleared = 0;
  #events = 0;
  /** Exchanges that went because there were too many. */
  dropped = 0;
  readonly #maxEvents: number;
  #changedFrom = 0;

  constructor(maxEvents: number = MAX_EVENTS) {
    this.#maxEvents = maxEvents;
  }

  get events(): number {
    return this.#events;
  }

  /** Index of the first item that is not what it was at the last call; past the end: none. */
  takeChangedFrom(): number {
    const from = this.#changedFrom;
    this.#changedFrom = Number.POSITIVE_INFINITY;
    return from;
  }

  #touch(index: number): void {
    this.#changedFrom = Math.min(this.#changedFrom, Math.max(index, 0));
  }

  exchange(id: string): ExchangeRecord | undefined {
    return this.#exchanges.get(id);
  }

  /** The newest word on an epoch. */
  epoch(id: string): EpochStarted | undefined {
    return this.#epochs.get(id)?.record?.started;
  }

  get latestEpoch(): EpochStarted | undefined {
    return [...this.#epochs.values()].at(-1)?.record?.started;
  }

  /** Takes one event in; returns whether it was new. */
  receive(event: SessionscopeEvent): boolean {
    if (event.type === 'gap-opened') return this.#receiveGap(event);
    const epoch = this.#epochOf(event.epoch);
    if (epoch.seen.has(event.seq)) return false;
    epoch.seen.add(event.seq);
    this.#events += 1;
    if (event.type === 'epoch-started') this.#receiveEpoch(epoch, event);
    else if (event.type !== 'snapshot-taken') this.#receiveInExchange(event);
    if (this.#events > this.#maxEvents) this.#dropOldest();
    return true;
  }

  /** Ties what the browser saw to an exchange, known already or yet to come. */
  see(har: HarExchange): void {
    for (const id of har.exchanges) {
      const exchange = this.#exchanges.get(id);
      if (exchange === undefined) {
        const waiting = this.#waiting.get(id);
        if (waiting === undefined || isSameResponse(waiting, har)) this.#waiting.set(id, har);
        continue;
      }
      // The same id in another response: that one came out of a cache, and no exchange took place.
      if (exchange.har !== undefined && !isSameResponse(exchange.har, har)) continue;
      exchange.har = har;
      exchange.version += 1;
      this.#touch(this.items.lastIndexOf(exchange));
    }
  }

  /** Forgets everything but which epochs there were, so that a restart is still one. */
  clear(): void {
    for (const item of this.items) this.#letGo(item);
    this.items.length = 0;
    this.#touch(0);
    this.#exchanges.clear();
    this.#gaps.clear();
    this.#waiting.clear();
    this.#cleared = 0;
    this.#events = 0;
    this.dropped = 0;
  }

  /** Forgets what stands before `first`. */
  clearBefore(first: ExchangeRecord): void {
    for (const item of this.items.splice(0, this.items.indexOf(first))) {
      this.#letGo(item);
      if (item.kind === 'exchange') this.#forget(item);
      else if (item.kind === 'gap') this.#gaps.delete(gapKey(item.gap));
    }
    this.#cleared = 0;
    this.#touch(0);
    this.#renumber(0);
  }

  /** Puts a value that was fetched later in the place of the cut one. Returns whether the operation is still here. */
  complete(operation: OperationRecorded, part: ValuePart, path: KeyPath, value: EncodedValue): boolean {
    const exchange = this.items.findLast(
      (item): item is ExchangeRecord =>
        item.kind === 'exchange' &&
        item.epoch === operation.epoch &&
        item.operations.some(({ seq }) => seq === operation.seq),
    );
    const at = exchange?.operations.findIndex(({ seq }) => seq === operation.seq) ?? -1;
    const known = exchange?.operations[at];
    if (exchange === undefined || known?.[part] === undefined) return false;
    // A new one: what was derived from the old one is kept by its identity.
    exchange.operations[at] = { ...known, [part]: withPart(known[part], path, value) };
    exchange.version += 1;
    this.#touch(this.items.lastIndexOf(exchange));
    return true;
  }

  /** What was cleared while it ran does not come back as a fragment. */
  #letGo(item: TimelineItem): void {
    if (item.kind === 'exchange' && isRunning(item)) this.#gone.add(item.id);
  }

  #forget(exchange: ExchangeRecord): void {
    this.#exchanges.delete(exchange.id);
    this.#events -=
      exchange.operations.length + exchange.faults.length + (exchange.started ? 1 : 0) + (exchange.finished ? 1 : 0);
  }

  #epochOf(id: string): Epoch {
    let epoch = this.#epochs.get(id);
    if (epoch === undefined) {
      epoch = { index: this.#epochs.size, seen: new Set(), record: undefined };
      this.#epochs.set(id, epoch);
    }
    return epoch;
  }

  #receiveEpoch(epoch: Epoch, started: EpochStarted): void {
    if (epoch.record !== undefined) {
      if (started.seq > epoch.record.started.seq) epoch.record.started = started;
      return;
    }
    // Of the same app: a tab may show two of them, and neither ends the other.
    const before = [...this.#epochs.entries()].filter(
      ([, other]) => other !== epoch && other.record?.started.app === started.app,
    );
    epoch.record = {
      kind: 'epoch',
      epoch: started.epoch,
      seq: started.seq,
      at: started.at,
      started,
      isRestart: before.length > 0,
    };
    if (!epoch.record.isRestart) return;
    this.#insert(epoch.record);
    // Where other processes go on beside this one, another epoch is no end of theirs.
    if (started.partial === undefined) this.#cutOff(new Set(before.map(([id]) => id)));
  }

  #cutOff(epochs: ReadonlySet<string>): void {
    this.items.forEach((item, index) => {
      if (item.kind !== 'exchange' || !epochs.has(item.epoch) || !isRunning(item)) return;
      item.isCutOff = true;
      item.version += 1;
      this.#touch(index);
    });
  }

  #receiveGap(gap: GapOpened): boolean {
    const key = gapKey(gap);
    const known = this.#gaps.get(key);
    // Asked again later, a log has lost more from the same event on: that is one gap, not two.
    if (known !== undefined && known.seq >= gap.seq) return false;
    if (known !== undefined) this.#remove(known);
    const record: GapRecord = { kind: 'gap', epoch: gap.epoch, seq: gap.seq, at: gap.at, gap };
    this.#gaps.set(key, record);
    this.#epochOf(gap.epoch);
    this.#insert(record);
    return true;
  }

  #receiveInExchange(event: ExchangeStarted | OperationRecorded | ExchangeFinished | FaultNoted): void {
    if (event.exchange !== null && this.#gone.has(event.exchange)) {
      if (event.type === 'exchange-finished') this.#gone.delete(event.exchange);
      return;
    }
    const record = this.#exchangeFor(event);
    record.version += 1;
    if (event.type === 'exchange-started') record.started = event;
    else if (event.type === 'exchange-finished') record.finished = event;
    else if (event.type === 'fault-noted') record.faults.push(event);
    else insertBySeq(record.operations, event);
    this.#touch(this.items.lastIndexOf(record));
    if (event.seq < record.seq) {
      // An older event came later: the exchange belongs further up.
      this.#remove(record);
      record.seq = event.seq;
      record.at = event.at;
      this.#insert(record);
    }
  }

  #exchangeFor(event: ExchangeStarted | OperationRecorded | ExchangeFinished | FaultNoted): ExchangeRecord {
    let record = event.exchange === null ? this.#backgroundBefore(event) : this.#exchanges.get(event.exchange);
    if (record !== undefined) return record;
    const id = event.exchange ?? `background:${event.epoch}:${event.seq}`;
    record = {
      kind: 'exchange',
      id,
      epoch: event.epoch,
      seq: event.seq,
      at: event.at,
      number: 0,
      operations: [],
      faults: [],
      version: 0,
    };
    const har = this.#waiting.get(id);
    if (har !== undefined) {
      record.har = har;
      this.#waiting.delete(id);
    }
    this.#exchanges.set(id, record);
    this.#insert(record);
    return record;
  }

  /** Background operations in a row stand together: the record that this one goes on with. */
  #backgroundBefore({ epoch, seq }: { epoch: string; seq: number }): ExchangeRecord | undefined {
    const before = this.items[this.#placeOf({ epoch, seq }) - 1];
    return before?.kind === 'exchange' && before.epoch === epoch && before.id.startsWith('background:')
      ? before
      : undefined;
  }

  #remove(item: TimelineItem): void {
    const at = this.items.lastIndexOf(item);
    this.items.splice(at, 1);
    this.#touch(at);
  }

  #insert(item: TimelineItem): void {
    const at = this.#placeOf(item);
    this.items.splice(at, 0, item);
    this.#touch(at);
    this.#renumber(at);
  }

  /** Numbers the exchanges from `at` on: one that comes late stands where it happened, and so does its number. */
  #renumber(at: number): void {
    let number = this.#cleared;
    for (let before = at - 1; before >= 0; before--) {
      const item = this.items[before]!;
      if (item.kind !== 'exchange') continue;
      ({ number } = item);
      break;
    }
    for (let index = at; index < this.items.length; index++) {
      const item = this.items[index]!;
      if (item.kind !== 'exchange') continue;
      number += 1;
      if (item.number === number) continue;
      item.number = number;
      item.version += 1;
    }
  }

  /** Index at which an item of this epoch and sequence number belongs. */
  #placeOf(item: Place): number {
    let at = this.items.length;
    while (at > 0 && this.isAfter(this.items[at - 1]!, item)) at -= 1;
    return at;
  }

  /** Whether one place in the recording lies after another: epochs in their order, then sequence numbers. */
  isAfter(a: Place, b: Place): boolean {
    if (a.epoch === b.epoch) return a.seq > b.seq;
    return this.#epochOf(a.epoch).index > this.#epochOf(b.epoch).index;
  }

  /** Some at once: all that is left is then looked at anew, which one at a time would be with each event. */
  #dropOldest(): void {
    const most = this.#maxEvents - Math.floor(this.#maxEvents / 100);
    let at = 0;
    for (; at < this.items.length && this.#events > most; at++) {
      const item = this.items[at]!;
      if (item.kind !== 'exchange') continue;
      this.#forget(item);
      this.dropped += 1;
      this.#cleared = item.number;
    }
    this.items.splice(0, at);
    this.#touch(0);
  }
}

const gapKey = ({ epoch, fromSeq }: GapOpened) => `${epoch}:${fromSeq}`;

const isSameResponse = (a: HarExchange, b: HarExchange) =>
  a.startedAt === b.startedAt && a.url === b.url && a.method === b.method;

function insertBySeq(operations: OperationRecorded[], operation: OperationRecorded): void {
  let at = operations.length;
  while (at > 0 && operations[at - 1]!.seq > operation.seq) at -= 1;
  operations.splice(at, 0, operation);
}
