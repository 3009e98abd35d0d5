/** What the timeline shows: words over keys, values, paths and files, and the kinds of operations. */
import type { OperationName, OperationRecorded } from '../protocol/index.ts';
import type { ExchangeRecord } from './timeline.ts';
import { formatPath, formatSource } from './words.ts';

export const KINDS = ['all', 'writes', 'reads', 'store', 'key-and-expiry'] as const;
export type Kind = (typeof KINDS)[number];

/** What a term looks at; `any`: whatever stands in the row. */
const FIELDS = ['key', 'path', 'session'] as const;
type Field = (typeof FIELDS)[number] | 'any';

interface Term {
  field: Field;
  /** Lower case. */
  text: string;
  /** Written with a `-` before it: what matches is hidden. */
  isNot: boolean;
}

export interface Filter {
  kind: Kind;
  /** All of them must hold. */
  terms: readonly Term[];
}

/**
 * Reads what stands in the filter box: words, each of which must be found; `key:cart`, `path:/cart/`, `session:9d41`
 * look at one thing alone; a `-` before any of them hides what it finds. `"two words"` are one.
 */
export function parseFilter(text: string, kind: Kind): Filter {
  const terms = [...text.toLowerCase().matchAll(/(-?)(?:(key|path|session):)?(?:"([^"]*)"?|(\S+))/g)].flatMap(
    ([, not, field, quoted, word]): Term[] => {
      const own = quoted ?? word ?? '';
      return own === '' || own === '-' ? [] : [{ field: (field as Field) ?? 'any', text: own, isNot: not === '-' }];
    },
  );
  return { kind, terms };
}

/** One term as it is written, quoted where it must be. */
export const termOf = (field: (typeof FIELDS)[number], text: string): string =>
  `${field}:${/[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text}`;

const OPERATIONS_OF: Record<Exclude<Kind, 'all'>, ReadonlySet<OperationName>> = {
  writes: new Set(['set', 'delete', 'clear', 'flush', 'create']),
  reads: new Set(['get']),
  store: new Set(['load', 'save', 'touch', 'expire', 'flush']),
  'key-and-expiry': new Set(['create', 'cycle-key', 'flush', 'set-expiry', 'touch', 'expire']),
};

/** Whether an operation is to be shown, given that its exchange is; `path:` is the exchange's. */
export function isShown(operation: OperationRecorded, { terms, kind }: Filter): boolean {
  if (kind !== 'all' && !OPERATIONS_OF[kind].has(operation.operation)) return false;
  for (const { field, text, isNot } of terms) {
    if (field === 'path') continue;
    const found =
      field === 'any'
        ? wordsOf(operation).includes(text)
        : field === 'key'
          ? String(operation.path?.[0] ?? '').toLowerCase() === text
          : [operation.session, operation.from, operation.to].some((name) => name?.startsWith(text));
    if (found === isNot) return false;
  }
  return true;
}

/** Whether any of an exchange is to be shown: its path is what `path:` says. */
export function isPath(exchange: ExchangeRecord, { terms }: Filter): boolean {
  return terms.every(
    ({ field, text, isNot }) => field !== 'path' || pathOf(exchange).toLowerCase().includes(text) !== isNot,
  );
}

const pathOf = ({ started, har }: ExchangeRecord): string => started?.path ?? har?.url ?? '';

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
export function matchesExchange(exchange: ExchangeRecord, { terms, kind }: Filter): boolean {
  if (kind !== 'all') return false;
  const { started, har, finished } = exchange;
  const own = `${started?.method ?? har?.method} ${pathOf(exchange)} ${finished?.status ?? ''}`.toLowerCase();
  const sessions = [started?.cookie.fingerprint, finished?.sessionBefore, finished?.sessionAfter];
  return terms.every(({ field, text, isNot }) => {
    if (field === 'path') return true;
    if (field === 'key') return isNot;
    const found = field === 'any' ? own.includes(text) : sessions.some((name) => name?.startsWith(text));
    return found !== isNot;
  });
}
