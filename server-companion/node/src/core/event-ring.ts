/**
 * The events of a log, in columns. An operation on a key is what an app makes most of, and an object kept for each
 * would be copied by every collection of the young heap for as long as the log holds it: measured, half of what the
 * recorder cost under a flood. So its fields lie in arrays, and the event is made for each reader.
 */
import {
  ACTORS,
  type Actor,
  OPERATIONS,
  type OperationRecorded,
  type SessionscopeEvent,
} from '../../../../protocol/index.ts';

export type HeldEvent = Exclude<SessionscopeEvent, { type: 'gap-opened' }>;

const TYPES: readonly HeldEvent['type'][] = [
  'operation-recorded',
  'exchange-started',
  'exchange-finished',
  'epoch-started',
  'fault-noted',
  'snapshot-taken',
];
const TYPE_CODES = new Map(TYPES.map((type, code) => [type, code]));
const OPERATION_CODES = new Map(OPERATIONS.map((name, code) => [name, code]));
const ACTOR_CODES = new Map(ACTORS.map((name, code) => [name, code]));

/** `hit` in one byte. */
const HIT = { absent: 0, no: 1, yes: 2 } as const;

/** Operations that read or change one key: those that columns are for. */
const KEYED: ReadonlySet<string> = new Set(['get', 'set', 'delete']);

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
  readonly #at: Float64Array;
  readonly #bytes: Float64Array;
  readonly #owners: (string | null)[];
  /** Events that are kept whole; `undefined`: the slot's columns hold it. */
  readonly #whole: (HeldEvent | undefined)[];
  /** Of each event: what one is that has lain there for long is not in the processor's caches. */
  readonly #types: Uint8Array;
  readonly #offsets: Float64Array;
  readonly #codes: Uint8Array;
  readonly #actors: Uint8Array;
  readonly #hits: Uint8Array;
  readonly #exchanges: (string | null)[];
  readonly #sessions: (string | null)[];
  readonly #calls: string[];
  readonly #paths: OperationRecorded['path'][];
  readonly #sources: OperationRecorded['source'][];
  readonly #before: Value[];
  readonly #after: Value[];

  constructor(size: number, epoch: string) {
    const list = <T>(fill: T): T[] => Array.from({ length: size }, () => fill);
    this.#size = size;
    this.#epoch = epoch;
    this.#at = new Float64Array(size);
    this.#bytes = new Float64Array(size);
    this.#offsets = new Float64Array(size);
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
  }

  /** Keeps an event that bears its number and time. */
  put(event: HeldEvent, bytes: number, owner: string | null): void {
    const slot = event.seq % this.#size;
    this.#bytes[slot] = bytes;
    this.#owners[slot] = owner;
    this.#at[slot] = event.at;
    this.#types[slot] = TYPE_CODES.get(event.type)!;
    if (event.type === 'operation-recorded' && KEYED.has(event.operation) && isColumnar(event))
      this.#putColumns(slot, event, event.offsetMs ?? Number.NaN);
    else {
      this.#dropColumns(slot);
      this.#whole[slot] = event;
    }
  }

  /** As `put`, of a keyed operation; makes no object. */
  putKeyed(seq: number, at: number, operation: KeyedOperation, bytes: number, owner: string | null): void {
    const slot = seq % this.#size;
    this.#bytes[slot] = bytes;
    this.#owners[slot] = owner;
    this.#at[slot] = at;
    this.#types[slot] = 0;
    this.#putColumns(slot, operation, operation.offsetMs);
  }

  #putColumns(slot: number, event: KeyedOperation | OperationRecorded, offsetMs: number): void {
    if (this.#whole[slot] !== undefined) this.#whole[slot] = undefined;
    this.#offsets[slot] = offsetMs;
    this.#codes[slot] = OPERATION_CODES.get(event.operation)!;
    this.#actors[slot] = ACTOR_CODES.get(event.actor)!;
    this.#hits[slot] = event.hit === undefined ? HIT.absent : event.hit ? HIT.yes : HIT.no;
    this.#exchanges[slot] = event.exchange;
    this.#sessions[slot] = event.session;
    this.#calls[slot] = event.call;
    this.#paths[slot] = event.path;
    this.#sources[slot] = event.source;
    this.#before[slot] = event.before;
    this.#after[slot] = event.after;
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
    const whole = this.#whole[slot];
    return whole === undefined ? this.#exchanges[slot]! : 'exchange' in whole ? whole.exchange : null;
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

  #dropColumns(slot: number): void {
    // Most are empty already, and a write of the engine's is dearer than a look.
    if (this.#before[slot] !== undefined) this.#before[slot] = undefined;
    if (this.#after[slot] !== undefined) this.#after[slot] = undefined;
    if (this.#paths[slot] !== undefined) this.#paths[slot] = undefined;
    if (this.#sources[slot] !== undefined) this.#sources[slot] = undefined;
  }

  /** The event that was put under this number, maybe with fields that are `undefined`. It is shared with the log: not to be changed. */
  get(seq: number): HeldEvent {
    const slot = seq % this.#size;
    const whole = this.#whole[slot];
    if (whole !== undefined) return whole;
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
    const before = this.#before[slot];
    if (before !== undefined) event.before = before;
    const after = this.#after[slot];
    if (after !== undefined) event.after = after;
    const hit = this.#hits[slot]!;
    if (hit !== HIT.absent) event.hit = hit === HIT.yes;
    return event;
  }
}

/** Whether an operation has no field but those that have columns. */
const isColumnar = (event: OperationRecorded): boolean =>
  event.inferred === undefined &&
  event.via === undefined &&
  event.state === undefined &&
  event.outcome === undefined &&
  event.durationMs === undefined &&
  event.bytes === undefined &&
  event.keys === undefined &&
  event.digest === undefined &&
  event.from === undefined &&
  event.to === undefined &&
  event.expiryBefore === undefined &&
  event.expiry === undefined &&
  event.reason === undefined &&
  event.error === undefined;
