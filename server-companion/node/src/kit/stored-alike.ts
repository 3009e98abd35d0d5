/** An encoded value as JSON keeps it: what the store gets, and by what a library sees whether a session changed. */
import { type EncodedValue, isTagged } from '../../../../protocol/index.ts';
import { isSame } from '../core/changes.ts';

/** Whether two values make the same JSON; `undefined`: not there at all. */
export function isStoredAlike(a: EncodedValue | undefined, b: EncodedValue | undefined): boolean {
  if (a === b) return true;
  const [storedA, storedB] = [stored(a), stored(b)];
  return storedA === undefined || storedB === undefined ? storedA === storedB : isSame(storedA, storedB);
}

/** `undefined`: JSON leaves it out. Only what JSON changes is rewritten. */
function stored(value: EncodedValue | undefined): EncodedValue | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => stored(item) ?? null);
  if (!isTagged(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, part]) => {
        const kept = stored(part);
        return kept === undefined ? [] : [[key, kept]];
      }),
    );
  switch (value.$) {
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
    case 'number':
      return value.value === '-0' ? 0 : null;
    case 'date':
      return value.iso;
    case 'map':
    case 'set':
      return {};
    default:
      return value;
  }
}
