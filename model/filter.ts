/** What the timeline shows: a text over keys, values, paths and files, and the kinds of operations. */
import type { OperationName, OperationRecorded } from '../protocol/index.ts';
import type { ExchangeRecord } from './timeline.ts';
import { formatPath, formatSource } from './words.ts';

export const KINDS = ['all', 'writes', 'reads', 'store', 'key-and-expiry'] as const;
export type Kind = (typeof KINDS)[number];

export interface Filter {
  /** Lower case; empty: everything. */
  text: string;
  kind: Kind;
}

const OPERATIONS_OF: Record<Exclude<Kind, 'all'>, ReadonlySet<OperationName>> = {
  writes: new Set(['set', 'delete', 'clear', 'flush', 'create']),
  reads: new Set(['get']),
  store: new Set(['load', 'save', 'touch', 'expire', 'flush']),
  'key-and-expiry': new Set(['create', 'cycle-key', 'flush', 'set-expiry', 'touch', 'expire']),
};

/** Whether an operation is to be shown; the exchange's own words are `matchesExchange`'s. */
export function isShown(operation: OperationRecorded, { text, kind }: Filter): boolean {
  if (kind !== 'all' && !OPERATIONS_OF[kind].has(operation.operation)) return false;
  return text === '' || wordsOf(operation).includes(text);
}

const words = new WeakMap<OperationRecorded, string>();

/** What a filter's text is looked for in, made once. */
function wordsOf(operation: OperationRecorded): string {
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

/** Whether the exchange itself is what was looked for: then it is shown though none of its operations is. */
export function matchesExchange({ started, har, finished }: ExchangeRecord, { text, kind }: Filter): boolean {
  if (kind !== 'all') return false;
  if (text === '') return true;
  return `${started?.method ?? har?.method} ${started?.path ?? har?.url} ${finished?.status ?? ''}`
    .toLowerCase()
    .includes(text);
}
