/** What an event ring's columns can say of an event, and by which numbers they say it. */
import {
  ACTORS,
  type ExchangeFinished,
  OPERATION_OUTCOMES,
  OPERATIONS,
  type OperationRecorded,
  type SessionscopeEvent,
} from '../../../../protocol/index.ts';

export type HeldEvent = Exclude<SessionscopeEvent, { type: 'gap-opened' }>;

/** How a slot keeps its event. */
export const AS = {
  whole: 0,
  /** An operation on one key. */
  keyed: 1,
  /** An operation of the session with its store. */
  stored: 2,
  finish: 3,
  /** The start of an earlier request that says the same, and which exchange began with this one. */
  start: 4,
} as const;

/** A number that is absent, in a column of numbers. */
export const NO_NUMBER = Number.NaN;

/** `hit` in one byte. */
export const HIT = { absent: 0, no: 1, yes: 2 } as const;

export const TYPES: readonly HeldEvent['type'][] = [
  'operation-recorded',
  'exchange-started',
  'exchange-finished',
  'epoch-started',
  'fault-noted',
  'snapshot-taken',
];
export const TYPE_CODES = new Map(TYPES.map((type, code) => [type, code]));
export const OPERATION_CODES = new Map(OPERATIONS.map((name, code) => [name, code]));
export const ACTOR_CODES = new Map(ACTORS.map((name, code) => [name, code]));
/** 0: absent. */
export const OUTCOMES = [undefined, ...OPERATION_OUTCOMES];
export const OUTCOME_CODES = new Map(OUTCOMES.map((name, code) => [name, code]));
export const LAYERS = [undefined, 'cookie', 'cache', 'store'] as const;
export const ENDINGS = ['completed', 'aborted'] as const;

/** Operations that read or change one key. */
export const KEYED: ReadonlySet<string> = new Set(['get', 'set', 'delete']);

/** Whether an operation has no field for which there is no column at all. */
export const isColumnar = (event: OperationRecorded): boolean =>
  event.inferred === undefined &&
  event.via === undefined &&
  event.cookieProduced === undefined &&
  event.digest === undefined &&
  event.from === undefined &&
  event.to === undefined &&
  event.expiryBefore === undefined &&
  event.reason === undefined &&
  event.error === undefined;

/** Nor one that only an operation with the store has. */
export const isKeyed = (event: OperationRecorded): boolean =>
  event.state === undefined &&
  event.stored === undefined &&
  event.outcome === undefined &&
  event.layer === undefined &&
  event.durationMs === undefined &&
  event.bytes === undefined &&
  event.keys === undefined &&
  event.expiry === undefined;

/** What a keyed operation has in the same columns. */
export const isStored = (event: OperationRecorded): boolean => event.before === undefined && event.after === undefined;

/** Whether the end of an exchange has no field but those that have columns. */
export const isPlainEnd = (event: ExchangeFinished): boolean =>
  event.cacheControl === undefined &&
  event.vary === undefined &&
  event.location === undefined &&
  event.faults === undefined;
