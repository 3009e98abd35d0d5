/** What a session held in memory at any moment of an exchange. Rebuilt from what was recorded, never guessed. */
import type { EncodedValue, KeyPath, OperationRecorded } from '../../protocol/index.ts';
import { cameAsMap, contentOf, isUndefined, typedKeyOf, withTypedKey } from '../values/known.ts';
import { partAt, partsOf, withPart } from '../values/parts.ts';
import type { ExchangeRecord, ValuePart } from '../recording/records.ts';

/** The session in memory after `count` operations of an exchange; `undefined` before anything reported it. */
export function memoryAfter(operations: readonly OperationRecorded[], count: number): EncodedValue | undefined {
  let state: EncodedValue | undefined;
  const end = Math.min(count, operations.length);
  for (let index = 0; index < end; index++) state = applyOperation(state, operations[index]!);
  return state;
}

/** Exchanges whose memory is kept at every moment: those that are looked at, not a whole recording. */
const MAX_KEPT = 400;
const states = new Map<ExchangeRecord, { version: number; states: (EncodedValue | undefined)[] }>();

/** As `memoryAfter`, for every count at once: made once for each version of an exchange. */
export function memoriesOf(exchange: ExchangeRecord): readonly (EncodedValue | undefined)[] {
  const known = states.get(exchange);
  if (known?.version === exchange.version) return known.states;
  const made: (EncodedValue | undefined)[] = [undefined];
  for (const operation of exchange.operations) made.push(applyOperation(made.at(-1), operation));
  states.delete(exchange);
  states.set(exchange, { version: exchange.version, states: made });
  if (states.size > MAX_KEPT) states.delete(states.keys().next().value!);
  return made;
}

/**
 * Whether a load puts another content into memory. What the app calls itself does not where it finds nothing
 * (express-session's `reload`), or where it only gives the content back (Django's `load`).
 */
export const replacesMemory = ({ actor, call, outcome }: OperationRecorded): boolean =>
  actor !== 'app' || (call === 'reload' && outcome === 'found');

/** The session in memory after one more operation. */
export function applyOperation(
  state: EncodedValue | undefined,
  operation: OperationRecorded,
): EncodedValue | undefined {
  const { path, before, after, inferred } = operation;
  switch (operation.operation) {
    case 'load':
      if (!replacesMemory(operation)) return state;
      if (operation.state !== undefined) return operation.state;
      // A store that failed leaves the app without a session: nothing is known of one.
      return operation.outcome === 'found' || operation.outcome === 'error' ? state : {};
    case 'create':
    case 'clear':
      return operation.state ?? {};
    case 'cycle-key':
    case 'save':
      return operation.state ?? state;
    case 'flush':
      return operation.state ?? {};
    case 'set-expiry':
      // Django keeps it in the session's data, under a key of its own; without a new value the key is gone.
      if (path === undefined || isCookie(path)) return state;
      return put(state ?? {}, path, after, before !== undefined);
    case 'set':
      if (path === undefined || isCookie(path)) return state;
      // An inferred change says "not there any more" with an undefined of its own.
      return put(
        state ?? {},
        path,
        inferred && isUndefined(after) ? undefined : after,
        before !== undefined && !(inferred && isUndefined(before)),
      );
    case 'delete':
      return path === undefined || operation.hit === false ? state : put(state ?? {}, path, undefined, true);
    default:
      return state;
  }
}

/** `withPart`, for a path that an operation names: its first step is a key of the session, which may be a number. */
function put(state: EncodedValue, path: KeyPath, part: EncodedValue | undefined, wasThere: boolean): EncodedValue {
  const [key, ...rest] = path;
  const name = keyNameIn(state, key!);
  const changed = withPart(state, [name, ...rest], part, wasThere);
  return typeof key === 'number' && part !== undefined ? withTypedKey(changed, name, key) : changed;
}

/** What a key that an operation names is called in a session's content. */
function keyNameIn(state: EncodedValue, key: string | number): string {
  if (typeof key === 'string') return key;
  const plain = String(key);
  const bracketed = `[${plain}]`;
  if (typedKeyOf(state, bracketed) !== undefined) return bracketed;
  const isText = typedKeyOf(state, plain) === undefined && partAt(state, [plain]) !== undefined;
  return isText ? bracketed : plain;
}

/** Where a part of a session was reported: in which operation's value, and where in it. */
export interface Origin {
  operation: OperationRecorded;
  part: ValuePart;
  /** As the wire names it. */
  path: KeyPath;
}

/** Operations that report the whole session. */
const STATES: ReadonlySet<string> = new Set(['load', 'create', 'clear', 'cycle-key', 'save', 'flush']);

const isOfMemory = (operation: OperationRecorded) => operation.operation !== 'load' || replacesMemory(operation);

/** What reported the value at `path` of the session in memory after `count` operations. */
export function originOf(operations: readonly OperationRecorded[], count: number, path: KeyPath): Origin | undefined {
  for (let index = Math.min(count, operations.length) - 1; index >= 0; index--) {
    const operation = operations[index]!;
    const { path: written, state } = operation;
    if (STATES.has(operation.operation) && state !== undefined && isOfMemory(operation))
      return { operation, part: 'state', path: wirePath(state, path) };
    if (operation.operation === 'set' && written && written.length <= path.length && touches(written, path))
      return { operation, part: 'after', path: path.slice(written.length) };
  }
  return undefined;
}

/** A path of ours as the companion knows it: into what came as a map, by place. */
export function wirePath(session: EncodedValue, path: KeyPath): KeyPath {
  if (path.length === 0 || !cameAsMap(session)) return path;
  const at = (partsOf(contentOf(session)) ?? []).findIndex(([name]) => name === path[0]);
  return at < 0 ? path : [at, ...path.slice(1)];
}

/** `session.cookie` is about the session, not in it. */
export const isCookie = (path: KeyPath): boolean => path[0] === 'cookie' && path.length > 1;

/** Whether a write at `written` says something of the value at `path`. */
export const touches = (written: KeyPath, path: KeyPath): boolean => {
  const shared = Math.min(written.length, path.length);
  for (let index = 0; index < shared; index++)
    if (written[index] !== path[index] && !(index === 0 && isSameKey(written[0]!, path[0]!))) return false;
  return true;
};

/** A session's key, as an operation and as its content name it. */
const isSameKey = (written: string | number, name: string | number): boolean =>
  typeof written === 'number'
    ? name === String(written) || name === `[${written}]`
    : typeof name === 'number' && isSameKey(name, written);
