/**
 * The events of a log, in columns. An operation on a key is what an app makes most of, and an object kept for each
 * would be copied by every collection of the young heap for as long as the log holds it: measured, half of what the
 * recorder cost under a flood. So its fields lie in arrays, as do those of what nearly every request does besides (a
 * start, a load, a save, an end), and the event is made for each reader.
 */
import {
  ACTORS,
  type Actor,
  type ExchangeFinished,
  type ExchangeStarted,
  OPERATIONS,
  type OperationRecorded,
  type Verdict,
} from '../../../../protocol/index.ts';
import {
  ACTOR_CODES,
  AS,
  ENDINGS,
  type HeldEvent,
  HIT,
  isColumnar,
  isKeyed,
  isPlainEnd,
  isStored,
  KEYED,
  LAYERS,
  NO_NUMBER,
  OPERATION_CODES,
  OUTCOME_CODES,
  OUTCOMES,
  TYPE_CODES,
  TYPES,
} from './event-columns.ts';
import { ownEvent } from './event-forms.ts';
import { ExpiryColumns } from './expiry-columns.ts';
import { SharedParts } from './shared-parts.ts';

export type { HeldEvent };

type Value = OperationRecorded['before'];

/**
 * An operation of which every field has a column. Whoever records many may fill one object again and again: what it
 * says is copied.
 */
export interface KeyedOperation {
  exchange: string;
  offsetMs: number;
  session: string | null;
  operation: 'get' | 'set' | 'delete';
  call: string;
  actor: Actor;
  path: OperationRecorded['path'] | undefined;
  source: OperationRecorded['source'] | undefined;
  before: Value;
  after: Value;
  hit: boolean | undefined;
}

/** Keeps `size` events, each in the slot of its number; what stood there is overwritten. */
export class EventRing {
  readonly #size: number;
  readonly #epoch: string;
  readonly #shared = new SharedParts();
  readonly #at: Float64Array;
  readonly #bytes: Float64Array;
  readonly #owners: (string | null)[];
  readonly #kept: Uint8Array;
  /** Of each event: what one is that has lain there for long is not in the processor's caches. */
  readonly #types: Uint8Array;
  /** Events that are kept whole, and starts. */
  readonly #whole: (HeldEvent | undefined)[];
  readonly #offsets: Float64Array;
  readonly #codes: Uint8Array;
  readonly #actors: Uint8Array;
  readonly #hits: Uint8Array;
  readonly #exchanges: (string | null)[];
  readonly #sessions: (string | null)[];
  readonly #calls: string[];
  readonly #paths: OperationRecorded['path'][];
  readonly #sources: OperationRecorded['source'][];
  /** Of a keyed operation; of one with the store `state`. */
  readonly #before: Value[];
  /** Of a keyed operation; of one with the store `stored`. */
  readonly #after: Value[];
  readonly #outcomes: Uint8Array;
  readonly #layers: Uint8Array;
  readonly #durations: Float64Array;
  readonly #recordBytes: Float64Array;
  /** Keys of a session; of an end the status. */
  readonly #counts: Float64Array;
  readonly #expiries: ExpiryColumns;
  readonly #sessionsAfter: (string | null)[];
  readonly #verdicts: (Verdict | undefined)[];

  constructor(size: number, epoch: string) {
    const list = <T>(fill: T): T[] => Array.from({ length: size }, () => fill);
    this.#size = size;
    this.#epoch = epoch;
    this.#at = new Float64Array(size);
    this.#bytes = new Float64Array(size);
    this.#offsets = new Float64Array(size);
    this.#kept = new Uint8Array(size);
    this.#types = new Uint8Array(size);
    this.#codes = new Uint8Array(size);
    this.#actors = new Uint8Array(size);
    this.#hits = new Uint8Array(size);
    this.#owners = list<string | null>(null);
    this.#whole = list<HeldEvent | undefined>(undefined);
    this.#exchanges = list<string | null>(null);
    this.#sessions = list<string | null>(null);
    this.#calls = list('');
    this.#paths = list<OperationRecorded['path']>(undefined);
    this.#sources = list<OperationRecorded['source']>(undefined);
    this.#before = list<Value>(undefined);
    this.#after = list<Value>(undefined);
    this.#outcomes = new Uint8Array(size);
    this.#layers = new Uint8Array(size);
    this.#durations = new Float64Array(size);
    this.#recordBytes = new Float64Array(size);
    this.#counts = new Float64Array(size);
    this.#expiries = new ExpiryColumns(size);
    this.#sessionsAfter = list<string | null>(null);
    this.#verdicts = list<Verdict | undefined>(undefined);
  }

  /** Keeps an event that bears its number and time. */
  put(event: HeldEvent, bytes: number, owner: string | null): void {
    const slot = event.seq % this.#size;
    this.#bytes[slot] = bytes;
    this.#owners[slot] = owner;
    this.#at[slot] = event.at;
    this.#types[slot] = TYPE_CODES.get(event.type)!;
    if (event.type === 'operation-recorded' && isColumnar(event)) {
      if (KEYED.has(event.operation) && isKeyed(event))
        this.#putOperation(slot, AS.keyed, event, event.offsetMs ?? NO_NUMBER, event.before, event.after);
      else if (isStored(event)) this.#putStored(slot, event);
      else this.#putWhole(slot, AS.whole, event);
    } else if (event.type === 'exchange-finished' && isPlainEnd(event)) this.#putFinish(slot, event);
    else if (event.type === 'exchange-started') {
      this.#putWhole(slot, AS.start, this.#shared.start(event));
      this.#exchanges[slot] = event.exchange;
    } else this.#putWhole(slot, AS.whole, event);
  }

  #putWhole(slot: number, kept: number, event: HeldEvent): void {
    this.#dropColumns(slot);
    this.#kept[slot] = kept;
    this.#whole[slot] = event;
  }

  /** As `put`, of a keyed operation; makes no object. */
  putKeyed(seq: number, at: number, operation: KeyedOperation, bytes: number, owner: string | null): void {
    const slot = seq % this.#size;
    this.#bytes[slot] = bytes;
    this.#owners[slot] = owner;
    this.#at[slot] = at;
    this.#types[slot] = 0;
    this.#putOperation(slot, AS.keyed, operation, operation.offsetMs, operation.before, operation.after);
  }

  #putOperation(
    slot: number,
    kept: number,
    event: KeyedOperation | OperationRecorded,
    offsetMs: number,
    before: Value,
    after: Value,
  ): void {
    this.#dropRest(slot);
    this.#kept[slot] = kept;
    this.#offsets[slot] = offsetMs;
    this.#codes[slot] = OPERATION_CODES.get(event.operation)!;
    this.#actors[slot] = ACTOR_CODES.get(event.actor)!;
    this.#hits[slot] = event.hit === undefined ? HIT.absent : event.hit ? HIT.yes : HIT.no;
    this.#exchanges[slot] = event.exchange;
    this.#sessions[slot] = event.session;
    this.#calls[slot] = event.call;
    this.#paths[slot] = event.path;
    this.#sources[slot] = event.source;
    this.#before[slot] = before;
    this.#after[slot] = after;
  }

  #putStored(slot: number, event: OperationRecorded): void {
    this.#putOperation(slot, AS.stored, event, event.offsetMs ?? NO_NUMBER, event.state, event.stored);
    this.#outcomes[slot] = OUTCOME_CODES.get(event.outcome)!;
    this.#layers[slot] = LAYERS.indexOf(event.layer);
    this.#durations[slot] = event.durationMs ?? NO_NUMBER;
    this.#recordBytes[slot] = event.bytes ?? NO_NUMBER;
    this.#counts[slot] = event.keys ?? NO_NUMBER;
    this.#expiries.put(slot, event.expiry);
  }

  #putFinish(slot: number, event: ExchangeFinished): void {
    this.#dropColumns(slot);
    if (this.#whole[slot] !== undefined) this.#whole[slot] = undefined;
    this.#kept[slot] = AS.finish;
    this.#exchanges[slot] = event.exchange;
    this.#counts[slot] = event.status ?? NO_NUMBER;
    this.#durations[slot] = event.durationMs;
    this.#codes[slot] = ENDINGS.indexOf(event.ending);
    this.#offsets[slot] = event.headAtMs ?? NO_NUMBER;
    this.#sessions[slot] = event.sessionBefore;
    this.#sessionsAfter[slot] = event.sessionAfter;
    this.#verdicts[slot] = this.#shared.verdict(event.verdict, event.sessionAfter);
    this.#expiries.put(slot, event.expiry);
  }

  bytesOf(seq: number): number {
    return this.#bytes[seq % this.#size]!;
  }

  ownerOf(seq: number): string | null {
    return this.#owners[seq % this.#size]!;
  }

  atOf(seq: number): number {
    return this.#at[seq % this.#size]!;
  }

  /** The exchange of an event, with no event made. */
  exchangeOf(seq: number): string | null {
    const slot = seq % this.#size;
    if (this.#kept[slot] !== AS.whole) return this.#exchanges[slot]!;
    const whole = this.#whole[slot]!;
    return 'exchange' in whole ? whole.exchange : null;
  }

  typeOf(seq: number): HeldEvent['type'] {
    return TYPES[this.#types[seq % this.#size]!]!;
  }

  /** Lets go of what a slot holds, so that an evicted event's values can be collected. */
  drop(seq: number): void {
    const slot = seq % this.#size;
    this.#whole[slot] = undefined;
    this.#dropColumns(slot);
  }

  /** What no operation has. */
  #dropRest(slot: number): void {
    // Most are empty already, and a write of the engine's is dearer than a look.
    if (this.#whole[slot] !== undefined) this.#whole[slot] = undefined;
    if (this.#verdicts[slot] !== undefined) this.#verdicts[slot] = undefined;
  }

  #dropColumns(slot: number): void {
    if (this.#before[slot] !== undefined) this.#before[slot] = undefined;
    if (this.#after[slot] !== undefined) this.#after[slot] = undefined;
    if (this.#paths[slot] !== undefined) this.#paths[slot] = undefined;
    if (this.#sources[slot] !== undefined) this.#sources[slot] = undefined;
    if (this.#verdicts[slot] !== undefined) this.#verdicts[slot] = undefined;
  }

  /** The event that was put under this number, made for who asks. Its values are shared with the log: not to be changed. */
  get(seq: number): HeldEvent {
    const slot = seq % this.#size;
    switch (this.#kept[slot]) {
      case AS.keyed:
      case AS.stored:
        return this.#operation(slot, seq);
      case AS.finish:
        return this.#finish(slot, seq);
      case AS.start:
        return this.#start(slot, seq);
      default:
        return ownEvent(this.#whole[slot]!);
    }
  }

  #start(slot: number, seq: number): ExchangeStarted {
    const event = ownEvent(this.#whole[slot]!) as ExchangeStarted;
    event.epoch = this.#epoch;
    event.seq = seq;
    event.at = this.#at[slot]!;
    event.exchange = this.#exchanges[slot]!;
    return event;
  }

  #operation(slot: number, seq: number): OperationRecorded {
    const event: OperationRecorded = {
      type: 'operation-recorded',
      epoch: this.#epoch,
      seq,
      at: this.#at[slot]!,
      exchange: this.#exchanges[slot]!,
      session: this.#sessions[slot]!,
      operation: OPERATIONS[this.#codes[slot]!]!,
      call: this.#calls[slot]!,
      actor: ACTORS[this.#actors[slot]!] as Actor,
    };
    const offsetMs = this.#offsets[slot]!;
    if (!Number.isNaN(offsetMs)) event.offsetMs = offsetMs;
    const path = this.#paths[slot];
    if (path !== undefined) event.path = path;
    const source = this.#sources[slot];
    if (source !== undefined) event.source = source;
    const hit = this.#hits[slot]!;
    if (hit !== HIT.absent) event.hit = hit === HIT.yes;
    const isStore = this.#kept[slot] === AS.stored;
    const before = this.#before[slot];
    if (before !== undefined) event[isStore ? 'state' : 'before'] = before;
    const after = this.#after[slot];
    if (after !== undefined) event[isStore ? 'stored' : 'after'] = after;
    if (isStore) this.#addStored(slot, event);
    return event;
  }

  #addStored(slot: number, event: OperationRecorded): void {
    const outcome = OUTCOMES[this.#outcomes[slot]!];
    if (outcome !== undefined) event.outcome = outcome;
    const layer = LAYERS[this.#layers[slot]!];
    if (layer !== undefined) event.layer = layer;
    const durationMs = this.#durations[slot]!;
    if (!Number.isNaN(durationMs)) event.durationMs = durationMs;
    const bytes = this.#recordBytes[slot]!;
    if (!Number.isNaN(bytes)) event.bytes = bytes;
    const keys = this.#counts[slot]!;
    if (!Number.isNaN(keys)) event.keys = keys;
    const expiry = this.#expiries.get(slot);
    if (expiry !== undefined) event.expiry = expiry;
  }

  #finish(slot: number, seq: number): ExchangeFinished {
    const event: ExchangeFinished = {
      type: 'exchange-finished',
      epoch: this.#epoch,
      seq,
      at: this.#at[slot]!,
      exchange: this.#exchanges[slot]!,
      durationMs: this.#durations[slot]!,
      ending: ENDINGS[this.#codes[slot]!]!,
      sessionBefore: this.#sessions[slot]!,
      sessionAfter: this.#sessionsAfter[slot]!,
      verdict: this.#verdicts[slot]!,
    };
    const status = this.#counts[slot]!;
    if (!Number.isNaN(status)) event.status = status;
    const headAtMs = this.#offsets[slot]!;
    if (!Number.isNaN(headAtMs)) event.headAtMs = headAtMs;
    const expiry = this.#expiries.get(slot);
    if (expiry !== undefined) event.expiry = expiry;
    return event;
  }
}
