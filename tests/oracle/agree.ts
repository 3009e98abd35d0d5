/** Whether a value that the panel shows is the one that is there. Written for the oracle, from `docs/protocol.md` alone. */
import type { EncodedValue } from '../../protocol/index.ts';
import type { Dump } from './values.ts';

/** `unknown`: as far as it is shown it is right, and not all is shown. */
export type Agreement = 'right' | 'unknown' | 'false';

type Tagged = Record<string, unknown> & { $: string };

const worst = (all: Iterable<Agreement>): Agreement => {
  let found: Agreement = 'right';
  for (const one of all) {
    if (one === 'false') return 'false';
    if (one === 'unknown') found = 'unknown';
  }
  return found;
};

const right = (is: boolean): Agreement => (is ? 'right' : 'false');

export function agree(shown: EncodedValue | undefined, there: Dump | undefined): Agreement {
  if (shown === undefined || there === undefined) return right(shown === undefined && there === undefined);
  if (shown === null || typeof shown !== 'object') return right(shown === there);
  const [kind, content] = Array.isArray(there) ? there : [undefined, undefined];
  if (Array.isArray(shown)) return kind === 'list' ? items(shown, content as Dump[], shown.length) : 'false';
  if (!Object.hasOwn(shown, '$'))
    return kind === 'object' ? entries(Object.entries(shown), content as [string, Dump][], undefined) : 'false';
  return agreeTagged(shown as Tagged, there, kind, content);
}

function agreeTagged(shown: Tagged, there: Dump, kind: string | undefined, content: unknown): Agreement {
  const size = shown['size'] as number | undefined;
  switch (shown.$) {
    case 'redacted':
      return 'unknown';
    case 'cut':
      return agreeCut(shown, there, kind, content);
    case 'text': {
      if (typeof there !== 'string') return 'false';
      const { head, tail, length } = shown as unknown as { head: string; tail: string; length: number };
      return there.length === length && there.startsWith(head) && there.endsWith(tail) ? 'unknown' : 'false';
    }
    case 'object':
      // An object of a class of the app's own.
      if (kind === 'other') return shown['class'] === content ? 'right' : 'false';
      return kind === 'object'
        ? entries(shown['entries'] as [string, EncodedValue][], content as [string, Dump][], size)
        : 'false';
    case 'array':
      if (kind !== 'list' && kind !== 'tuple') return 'false';
      if ((kind === 'tuple') !== (shown['class'] === 'tuple')) return 'false';
      return items(shown['items'] as EncodedValue[], content as Dump[], size!);
    case 'set':
      return kind === 'set' && (content as Dump[]).length === size ? 'unknown' : 'false';
    case 'map':
      return kind === 'map'
        ? mapEntries(shown['entries'] as [EncodedValue, EncodedValue][], content as [Dump, Dump][], size!)
        : 'false';
    case 'undefined':
      return right(kind === 'undefined');
    case 'number':
      return right(kind === 'number' && content === shown['value']);
    case 'bigint':
      return right(kind === 'bigint' && content === shown['digits']);
    case 'date':
      return right(kind === 'date' && isSameInstant(content as string | null, shown['iso'] as string | null));
    case 'function':
    case 'symbol':
    case 'opaque':
    case 'error':
      return kind === 'other' ? 'right' : 'false';
    default:
      return 'unknown';
  }
}

const isSameInstant = (a: string | null, b: string | null): boolean =>
  a === b || (a !== null && b !== null && Date.parse(a) === Date.parse(b));

function agreeCut(shown: Tagged, there: Dump, kind: string | undefined, content: unknown): Agreement {
  const kinds: Record<string, string[]> = { object: ['object'], array: ['list', 'tuple'], map: ['map'], set: ['set'] };
  const expected = kinds[shown['kind'] as string];
  if (expected === undefined) return shown['kind'] === 'text' && typeof there !== 'string' ? 'false' : 'unknown';
  if (kind === undefined || !expected.includes(kind)) return 'false';
  return shown['size'] === undefined || shown['size'] === (content as unknown[]).length ? 'unknown' : 'false';
}

function items(shown: readonly EncodedValue[], there: readonly Dump[], size: number): Agreement {
  if (size !== there.length) return 'false';
  const parts = worst(shown.map((item, index) => agree(item, there[index])));
  return parts === 'right' && shown.length < size ? 'unknown' : parts;
}

function entries(
  shown: readonly [string, EncodedValue][],
  there: readonly [string, Dump][],
  size = shown.length,
): Agreement {
  if (size !== there.length) return 'false';
  const own = new Map(there);
  // A key that is itself a secret is shown by its digest.
  const parts = worst(
    shown.map(([key, part]) => (key.startsWith('(redacted ') ? 'unknown' : agree(part, own.get(key)))),
  );
  return parts === 'right' && shown.length < size ? 'unknown' : parts;
}

function mapEntries(
  shown: readonly [EncodedValue, EncodedValue][],
  there: readonly [Dump, Dump][],
  size: number,
): Agreement {
  if (size !== there.length) return 'false';
  const parts = worst(
    shown.map(([key, part]) => {
      const found = there.find(([own]) => agree(key, own) !== 'false');
      return found === undefined ? 'false' : agree(part, found[1]);
    }),
  );
  return parts === 'right' && shown.length < size ? 'unknown' : parts;
}
