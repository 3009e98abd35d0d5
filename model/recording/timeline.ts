/**
 * What happened, in order: exchanges with their operations, restarts and gaps. Takes events in any order and any
 * number of times; keeps each once, by epoch and sequence number. A gap is only what was reported as one.
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
} from '../../protocol/index.ts';
import { fillAt } from '../values/fill.ts';
import { cameAsMap, digestKey, namedSession } from '../values/known.ts';
import { partAt, partsOf } from '../values/parts.ts';
import { isOfDevtools } from './devtools-request.ts';
import { type EpochLife, replacedBy, type ServerLife } from './epochs.ts';
import { EpochServers } from './epoch-servers.ts';
import { FetchedValues, filledOperation } from './fetched-values.ts';
import type { HarExchange } from './har.ts';
import { entriesOf, keepJournal } from './journal.ts';
import { OrderedItems } from './ordered-items.ts';
import { SeenNumbers } from './seen-numbers.ts';
import { SharedValues } from './shared-values.ts';
import {
  type EpochRecord,
  type ExchangeRecord,
  type GapRecord,
  isRunning,
  type TimelineItem,
  type ValuePart,
} from './records.ts';

/** Events kept: a day of clicking, some 100 MB. Past it the oldest exchanges go, and the timeline says so. */
export const MAX_EVENTS = 200_000;

interface Epoch {
  life: EpochLife;
  servers: EpochServers;
  seen: SeenNumbers;
  /** Where it stands in the timeline, while it is a restart. */
  record: EpochRecord | undefined;
}

export class Timeline {
  readonly #order = new OrderedItems((epoch) => this.#epochOf(epoch).life);
  /** In order. */
  readonly items: readonly TimelineItem[] = this.#order.items;
  readonly #exchanges = new Map<string, ExchangeRecord>();
  readonly #epochs = new Map<string, Epoch>();
  /** By epoch and first event lost. */
  readonly #gaps = new Map<string, GapRecord>();
  /** HAR facts of exchanges of which no event has come yet. */
  readonly #waiting = new Map<string, HarExchange>();
  /** The newest event's time, and whose it was. */
  #newest: { at: number; life: EpochLife | undefined } = { at: 0, life: undefined };
  /** Servers that another took the place of. */
  #ended: ReadonlySet<EpochLife> = new Set();
  readonly #fetched = new FetchedValues();
  readonly #shared = new SharedValues();
  /** Exchanges that were cleared while they ran. */
  readonly #ignored = new Set<string>();
  #events = 0;
  /** Exchanges that were discarded because there were too many. */
  dropped = 0;
  readonly #maxEvents: number;
  #rewrites = 0;
  /** Absent: to be gathered when asked for. */
  #entries: { exchange: ExchangeRecord; operation: OperationRecorded }[] | undefined;

  constructor(maxEvents: number = MAX_EVENTS) {
    this.#maxEvents = maxEvents;
    keepJournal(this.items, () => ({
      rewrites: this.#rewrites,
      entries: (this.#entries ??= entriesOf(this.items)),
    }));
  }

  get events(): number {
    return this.#events;
  }

  /** For one reader: returns the index of the first item that is not what it was at its last call; past the end: none. */
  watchChanges(): () => number {
    return this.#order.watchChanges();
  }

  exchange(id: string): ExchangeRecord | undefined {
    return this.#exchanges.get(id);
  }

  /** The newest word on an epoch. */
  epoch(id: string): EpochStarted | undefined {
    return this.#epochs.get(id)?.life.started;
  }

  get latestEpoch(): EpochStarted | undefined {
    return this.#latestStarted?.started;
  }

  /** The server whose start was heard of last. */
  get #latestStarted(): EpochLife | undefined {
    let latest: EpochLife | undefined;
    for (const { life } of this.#epochs.values()) if (life.started !== undefined) latest = life;
    return latest;
  }

  /** Every server that was heard of, in order of arrival. */
  get lives(): readonly ServerLife[] {
    return [...this.#epochs.values()].flatMap(({ servers }) => servers.all);
  }

  /** Takes one event in; returns whether it was new. */
  receive(event: SessionscopeEvent): boolean {
    if (event.type === 'gap-opened') return this.#receiveGap(event);
    const epoch = this.#epochOf(event.epoch);
    if (!epoch.seen.add(event.seq)) return false;
    this.#events += 1;
    this.#noteTime(epoch, event);
    this.#take(epoch, this.#shared.share(event));
    if (this.#events > this.#maxEvents) this.#dropOldest();
    return true;
  }

  #take(epoch: Epoch, event: SessionscopeEvent): void {
    if (event.type === 'epoch-started') this.#receiveEpoch(epoch, event);
    else if (event.type === 'operation-recorded') this.#receiveInExchange(this.#fetched.asKnown(event));
    else if (event.type !== 'snapshot-taken' && event.type !== 'gap-opened') this.#receiveInExchange(event);
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
      if (isOfDevtools(exchange)) this.#order.renumber(this.items.lastIndexOf(exchange));
      this.#order.touch(this.items.lastIndexOf(exchange));
    }
  }

  /** The inspected page says that an exchange is its own. */
  noteOwn(exchange: ExchangeRecord): void {
    exchange.isOwn = true;
    exchange.version += 1;
    this.#order.touch(this.items.lastIndexOf(exchange));
  }

  /** Forgets everything but which epochs there were, so that a restart is still one. */
  clear(): void {
    for (const item of this.items) this.#ignoreIfRunning(item);
    this.#order.items.length = 0;
    this.#order.touch(0);
    this.#exchanges.clear();
    this.#shared.clear();
    this.#gaps.clear();
    this.#waiting.clear();
    this.#order.cleared = 0;
    this.#events = 0;
    this.dropped = 0;
    this.#rewrite();
  }

  /** Forgets what stands before `first`. */
  clearBefore(first: ExchangeRecord): void {
    for (const item of this.#order.items.splice(0, this.items.indexOf(first))) {
      this.#ignoreIfRunning(item);
      if (item.kind === 'exchange') this.#forget(item);
      else if (item.kind === 'gap') this.#gaps.delete(gapKey(item.gap));
    }
    this.#order.cleared = 0;
    this.#order.touch(0);
    this.#order.renumber(0);
    this.#rewrite();
  }

  /**
   * Takes in a value that was fetched later: it stands from now on beside the cut or redacted one, wherever in the
   * recording that has the same digest. Returns whether the operation is still here.
   */
  complete(operation: OperationRecorded, part: ValuePart, path: KeyPath, value: EncodedValue): boolean {
    const exchange = this.items.findLast(
      (item): item is ExchangeRecord =>
        item.kind === 'exchange' &&
        item.epoch === operation.epoch &&
        item.operations.some(({ seq }) => seq === operation.seq),
    );
    const at = exchange?.operations.findIndex(({ seq }) => seq === operation.seq) ?? -1;
    const known = exchange?.operations[at];
    const whole = known?.[part];
    if (exchange === undefined || known === undefined || whole === undefined) return false;
    const own = cameAsMap(whole) && typeof path[0] === 'number' ? [namesIn(whole)[path[0]]!, ...path.slice(1)] : path;
    const target = partAt(whole, own);
    const content = own.length === 0 && (part === 'state' || part === 'stored') ? namedSession(value) : value;
    const key = target === undefined ? undefined : digestKey(target);
    if (key === undefined)
      // A new one: what was derived from the old one is kept by its identity.
      this.#replace(exchange, at, { ...known, [part]: fillAt(whole, own, content) });
    else {
      this.#fetched.keep(key, content);
      const contents = new Map([[key, content]]);
      for (const item of this.items)
        if (item.kind === 'exchange')
          item.operations.forEach((each, index) => {
            const filled = filledOperation(each, contents);
            if (filled !== each) this.#replace(item, index, filled);
          });
    }
    this.#rewrite();
    return true;
  }

  #replace(exchange: ExchangeRecord, at: number, operation: OperationRecorded): void {
    exchange.operations[at] = operation;
    exchange.version += 1;
    this.#order.touch(this.items.lastIndexOf(exchange));
  }

  /** The past is another than it was: what is asked of it is gathered again. */
  #rewrite(): void {
    this.#rewrites += 1;
    this.#entries = undefined;
  }

  /** What was cleared while it ran does not come back as a fragment. */
  #ignoreIfRunning(item: TimelineItem): void {
    if (item.kind === 'exchange' && isRunning(item)) this.#ignored.add(item.id);
  }

  #forget(exchange: ExchangeRecord): void {
    this.#exchanges.delete(exchange.id);
    this.#events -=
      exchange.operations.length + exchange.faults.length + (exchange.started ? 1 : 0) + (exchange.finished ? 1 : 0);
  }

  #epochOf(id: string): Epoch {
    let epoch = this.#epochs.get(id);
    if (epoch === undefined) {
      epoch = {
        life: { epoch: id, processes: new Set(), index: this.#epochs.size, lastAt: 0, lastSeq: 0 },
        servers: new EpochServers(id),
        seen: new SeenNumbers(),
        record: undefined,
      };
      this.#epochs.set(id, epoch);
    }
    return epoch;
  }

  /** When each server was heard of last: what comes later than its successor's start says that both run. */
  #noteTime({ life }: Epoch, { at, seq }: { at: number; seq: number }): void {
    if (at < this.#newest.at && this.#newest.life !== life) this.#rewrite();
    else if (at >= this.#newest.at) this.#newest = { at, life };
    if (at > life.lastAt) {
      life.lastAt = at;
      // The server that started last replaces others; none has replaced it.
      if (this.#epochs.size > 1 && this.#latestStarted !== life) this.#judgeRestarts();
    }
    if (seq < life.lastSeq) this.#rewrite();
    life.lastSeq = Math.max(life.lastSeq, seq);
  }

  #receiveEpoch({ life, servers }: Epoch, started: EpochStarted): void {
    servers.receive(started);
    if (started.process !== undefined) life.processes.add(started.process);
    if (life.started !== undefined && started.seq <= life.started.seq) return;
    life.started = started;
    this.#judgeRestarts();
  }

  /** Which epochs took the place of another. What comes later may show that two run side by side after all. */
  #judgeRestarts(): void {
    const lives = [...this.#epochs.values()].map(({ life }) => life);
    const ended = new Set<EpochLife>();
    for (const epoch of this.#epochs.values()) {
      const { started } = epoch.life;
      const replaced = replacedBy(epoch.life, lives);
      const isRestart = replaced !== undefined;
      if (isRestart) ended.add(replaced);
      if (epoch.record !== undefined && (!isRestart || epoch.record.seq !== started!.seq)) {
        if (isRestart) epoch.record.started = started!;
        else {
          this.#order.remove(epoch.record);
          epoch.record = undefined;
        }
      } else if (isRestart && epoch.record === undefined) {
        const { epoch: id, seq, at } = started!;
        epoch.record = { kind: 'epoch', epoch: id, seq, at, orderAt: at, started: started!, isRestart };
        this.#order.insert(epoch.record);
      }
    }
    if (ended.size === this.#ended.size && [...ended].every((life) => this.#ended.has(life))) return;
    this.#ended = ended;
    this.#rewrite();
    this.#cutOff(ended);
  }

  /** What ran when its server ended is cut off; what was taken for that and goes on is not. */
  #cutOff(ended: ReadonlySet<EpochLife>): void {
    this.items.forEach((item, index) => {
      if (item.kind !== 'exchange') return;
      const isCutOff = item.finished === undefined && ended.has(this.#epochOf(item.epoch).life);
      if (isCutOff === (item.isCutOff ?? false)) return;
      item.isCutOff = isCutOff;
      item.version += 1;
      this.#order.touch(index);
    });
  }

  #receiveGap(gap: GapOpened): boolean {
    const key = gapKey(gap);
    const known = this.#gaps.get(key);
    // Asked again later, a log has lost more from the same event on: that is one gap, not two.
    if (known !== undefined && known.seq >= gap.seq) return false;
    if (known !== undefined) this.#order.remove(known);
    const record: GapRecord = { kind: 'gap', epoch: gap.epoch, seq: gap.seq, at: gap.at, orderAt: gap.at, gap };
    this.#gaps.set(key, record);
    this.#epochOf(gap.epoch);
    this.#order.insert(record);
    this.#rewrite();
    return true;
  }

  #receiveInExchange(event: ExchangeStarted | OperationRecorded | ExchangeFinished | FaultNoted): void {
    if (event.exchange !== null && this.#ignored.has(event.exchange)) {
      if (event.type === 'exchange-finished') this.#ignored.delete(event.exchange);
      return;
    }
    const record = this.#exchangeFor(event);
    record.version += 1;
    if (event.type === 'exchange-started') {
      record.started = event;
      record.life = this.#epochOf(event.epoch).servers.of(event.process);
      if (isOfDevtools(record)) this.#order.renumber(this.items.lastIndexOf(record));
    } else if (event.type === 'exchange-finished') {
      // It comes twice where the client went away first: the newest one holds.
      if (record.finished === undefined || isLater(event, record.finished)) record.finished = event;
      // Without the room that a list leaves for more: there are many, and most get no more.
      record.operations = record.operations.slice();
      record.isCutOff &&= false;
    } else if (event.type === 'fault-noted') record.faults.push(event);
    else {
      insertBySeq(record.operations, event);
      this.#entries?.push({ exchange: record, operation: event });
    }
    this.#order.touch(this.items.lastIndexOf(record));
    if (isLater(record, event)) {
      // An older event came later: the exchange belongs further up.
      record.epoch = event.epoch;
      this.#order.remove(record);
      record.seq = event.seq;
      record.at = event.at;
      this.#order.insert(record);
      this.#rewrite();
    }
  }

  #exchangeFor(event: ExchangeStarted | OperationRecorded | ExchangeFinished | FaultNoted): ExchangeRecord {
    let record = event.exchange === null ? this.#backgroundBefore(event) : this.#exchanges.get(event.exchange);
    if (record !== undefined) return record;
    const id = event.exchange ?? `background:${event.epoch}:${event.seq}`;
    const epoch = this.#epochOf(event.epoch);
    record = {
      kind: 'exchange',
      id,
      epoch: event.epoch,
      seq: event.seq,
      at: event.at,
      orderAt: event.at,
      number: 0,
      life: epoch.servers.of(undefined),
      // Where it stands depends on which process ran it.
      ...(event.type === 'exchange-started' ? { started: event } : {}),
      operations: [],
      faults: [],
      version: 0,
    };
    if (this.#ended.has(epoch.life)) record.isCutOff = true;
    const har = this.#waiting.get(id);
    if (har !== undefined) {
      record.har = har;
      this.#waiting.delete(id);
    }
    this.#exchanges.set(id, record);
    this.#order.insert(record);
    return record;
  }

  /** Background operations in a row stand together: the record that this one goes on with. */
  #backgroundBefore({ epoch, seq, at }: { epoch: string; seq: number; at: number }): ExchangeRecord | undefined {
    const before = this.items[this.#order.positionOf({ epoch, seq, orderAt: at }) - 1];
    return before?.kind === 'exchange' && before.epoch === epoch && before.id.startsWith('background:')
      ? before
      : undefined;
  }

  /** Some at once: all that is left is then looked at again, which one at a time would be with each event. */
  #dropOldest(): void {
    const most = this.#maxEvents - Math.floor(this.#maxEvents / 100);
    let at = 0;
    for (; at < this.items.length && this.#events > most; at++) {
      const item = this.items[at]!;
      if (item.kind !== 'exchange') continue;
      this.#forget(item);
      this.dropped += 1;
      if (item.number > 0) this.#order.cleared = item.number;
    }
    this.#order.items.splice(0, at);
    this.#order.touch(0);
    this.#rewrite();
  }
}

const namesIn = (value: EncodedValue): string[] => (partsOf(value) ?? []).map(([name]) => String(name));

const gapKey = ({ epoch, fromSeq }: GapOpened) => `${epoch}:${fromSeq}`;

const isSameResponse = (a: HarExchange, b: HarExchange) =>
  a.startedAt === b.startedAt && a.url === b.url && a.method === b.method;

interface Place {
  epoch: string;
  seq: number;
  at: number;
}

/** A request whose log was lost goes on in another, whose numbers begin again: between the two the clock decides. */
const isLater = (a: Place, b: Place): boolean => (a.epoch === b.epoch ? a.seq > b.seq : a.at > b.at);

function insertBySeq(operations: OperationRecorded[], operation: OperationRecorded): void {
  let at = operations.length;
  while (at > 0 && isLater(operations[at - 1]!, operation)) at -= 1;
  operations.splice(at, 0, operation);
}
