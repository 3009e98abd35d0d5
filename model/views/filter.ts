/** What the timeline shows: words over a request and its operations together, fields, and kinds of operations. */
import type { OperationName, OperationRecorded } from '../../protocol/index.ts';
import { cookieLabel, hasProblem, recordLabel, requestOf } from '../labels/exchange-labels.ts';
import { formatPath, formatSource } from '../labels/formats.ts';
import { type ExchangeRecord, isRunning } from '../recording/records.ts';

export const KINDS = ['all', 'writes', 'reads', 'store', 'key-and-expiry'] as const;
export type Kind = (typeof KINDS)[number];

/** What a term may look at by name. */
export const FIELDS = ['key', 'path', 'session', 'record', 'cookie', 'status', 'is', 'server'] as const;
export type Field = (typeof FIELDS)[number];

/** What `is:` may ask. */
export const QUALITIES = ['running', 'inferred', 'background', 'problem'] as const;

interface Term {
  /** `any`: whatever stands in the rows, values as far as they were sent. */
  field: Field | 'any';
  /** Lower case. */
  text: string;
  /** Written in quotes: a key is this key, not one that has it in its name. */
  isWhole: boolean;
  /** Written with a `-` before it: what matches is hidden. */
  isNot: boolean;
}

export interface Filter {
  kind: Kind;
  /** All of them must hold. */
  terms: readonly Term[];
}

const FIELD_ALONE = new RegExp(`^(?:${FIELDS.join('|')}):$`);

const TERM = new RegExp(`(-?)(?:(${FIELDS.join('|')}):)?(?:"([^"]*)"?|(\\S+))`, 'g');

/**
 * Reads the filter box: words, each of which must be found in a request or in the operation below it; `key:cart`,
 * `status:404`, `is:running` … look at one thing alone; a `-` before any of them hides what it finds. `"two words"`
 * are one; `key:"cart"` is that key and no longer one.
 */
export function parseFilter(text: string, kind: Kind): Filter {
  const terms = [...text.toLowerCase().matchAll(TERM)].flatMap(([, not, field, quoted, word]): Term[] => {
    const own = quoted ?? word ?? '';
    // A field alone waits for its value: the list does not vanish while it is typed.
    if (own === '' || own === '-' || FIELD_ALONE.test(own)) return [];
    return [{ field: (field as Field) ?? 'any', text: own, isWhole: quoted !== undefined, isNot: not === '-' }];
  });
  return { kind, terms };
}

/** One term as it is written; a key whole, so that *Hide id* does not hide `user_id`. */
export const termOf = (field: Field, text: string): string =>
  `${field}:${field === 'key' || /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text}`;

const OPERATIONS_OF: Record<Exclude<Kind, 'all'>, ReadonlySet<OperationName>> = {
  writes: new Set(['set', 'delete', 'clear', 'flush', 'create']),
  reads: new Set(['get']),
  store: new Set(['load', 'save', 'touch', 'expire', 'flush']),
  'key-and-expiry': new Set(['create', 'cycle-key', 'flush', 'set-expiry', 'touch', 'expire']),
};

/**
 * Indices of an exchange's operations that are shown; empty where its own row stands alone, `undefined` where it is
 * hidden. A word that the request has is found for each of its operations.
 */
export function shownOperations(exchange: ExchangeRecord, { kind, terms }: Filter): readonly number[] | undefined {
  const { operations } = exchange;
  if (kind === 'all' && terms.length === 0) return allIndices(operations.length);
  const isOfRequest = terms.map((term) => isInExchange(exchange, term));
  if (terms.some(({ isNot }, at) => isNot && isOfRequest[at])) return undefined;
  const indices: number[] = [];
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index]!;
    if (kind !== 'all' && !OPERATIONS_OF[kind].has(operation.operation)) continue;
    if (terms.every((term, at) => isOfRequest[at] || isInOperation(operation, term) !== term.isNot))
      indices.push(index);
  }
  if (indices.length > 0) return indices;
  return kind === 'all' && terms.every(({ isNot }, at) => isNot || isOfRequest[at]) ? [] : undefined;
}

/** From 0, by how many: without a filter all requests of one length share them. */
const INDICES: number[][] = [];
/** Longer ones are made each time. */
const SHARED_INDICES = 64;

const allIndices = (count: number): readonly number[] =>
  count < SHARED_INDICES ? (INDICES[count] ??= [...Array(count).keys()]) : [...Array(count).keys()];

function isInExchange(exchange: ExchangeRecord, { field, text }: Term): boolean {
  const { started, finished, har } = exchange;
  const has = (word: string | undefined) => word?.toLowerCase().includes(text) === true;
  // An outcome from its beginning: what was not saved is not found by `saved`.
  const begins = (outcome: string) => outcome.toLowerCase().startsWith(text);
  switch (field) {
    case 'key':
      return false;
    case 'path':
      return has(requestOf(exchange).path);
    case 'session':
      return [started?.cookie.fingerprint, finished?.sessionBefore, finished?.sessionAfter].some((name) =>
        name?.startsWith(text),
      );
    case 'record':
      return begins(recordLabel(exchange).text);
    case 'cookie':
      return begins(cookieLabel(exchange).text);
    case 'status':
      return isStatus(finished?.status ?? har?.status, text);
    case 'server':
      return has(started?.host) || has(started?.process) || has(exchange.epoch);
    case 'is':
      return isOfQuality(exchange, text);
    case 'any': {
      const { method, path } = requestOf(exchange);
      return has(`${method} ${path} ${finished?.status ?? har?.status ?? ''}`);
    }
  }
}

/** `404`, `40`, `4xx`. */
const isStatus = (status: number | undefined, text: string): boolean =>
  status !== undefined && String(status).startsWith(text.replace(/x+$/, ''));

function isOfQuality(exchange: ExchangeRecord, text: string): boolean {
  if (text === 'running') return isRunning(exchange);
  if (text === 'background') return exchange.id.startsWith('background:');
  return text === 'problem' && hasProblem(exchange);
}

function isInOperation(operation: OperationRecorded, { field, text, isWhole }: Term): boolean {
  switch (field) {
    case 'any':
      return searchTextOf(operation).includes(text);
    case 'key': {
      const { path } = operation;
      if (path === undefined) return false;
      return isWhole ? String(path[0]).toLowerCase() === text : formatPath(path).toLowerCase().includes(text);
    }
    case 'session':
      return [operation.session, operation.from, operation.to].some((name) => name?.startsWith(text));
    case 'is':
      return text === 'inferred' && operation.inferred === true;
    default:
      return false;
  }
}

const words = new WeakMap<OperationRecorded, string>();

/** What a filter's text is looked for in, made once. */
function searchTextOf(operation: OperationRecorded): string {
  let text = words.get(operation);
  if (text === undefined) {
    const { path, before, after, source } = operation;
    const parts = [
      operation.operation,
      operation.call,
      path && formatPath(path),
      formatSource(source),
      operation.session,
    ];
    if (before !== undefined) parts.push(JSON.stringify(before));
    if (after !== undefined) parts.push(JSON.stringify(after));
    text = parts.join(' ').toLowerCase();
    words.set(operation, text);
  }
  return text;
}
