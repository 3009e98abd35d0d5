/** Parts of an encoded value, by own keys and indices only. */
import { type EncodedValue, isTagged, type KeyPath, type KeyPathStep } from '../../../../protocol/index.ts';

/** What stands at one step of a container: its key (an index, for what has no keys) and value. */
export function stepInto(
  container: EncodedValue,
  step: KeyPathStep,
): readonly [key: EncodedValue, value: EncodedValue] | undefined {
  if (container === null || typeof container !== 'object') return undefined;
  const item = (items: readonly EncodedValue[]): readonly [EncodedValue, EncodedValue] | undefined =>
    typeof step === 'number' && items[step] !== undefined ? [step, items[step]] : undefined;
  if (Array.isArray(container)) return item(container);
  if (!isTagged(container))
    return Object.hasOwn(container, String(step)) ? [String(step), container[String(step)]!] : undefined;
  switch (container.$) {
    case 'object':
      return container.entries.find(([key]) => key === step);
    case 'map':
      return typeof step === 'number' ? container.entries[step] : undefined;
    case 'array':
    case 'set':
      return item(container.items);
    default:
      return undefined;
  }
}

/** The part of an encoded value at `path`; `undefined` where there is none. */
export function partAt(value: EncodedValue, path: KeyPath): EncodedValue | undefined {
  let part: EncodedValue | undefined = value;
  for (const step of path) {
    if (part === undefined) return undefined;
    part = stepInto(part, step)?.[1];
  }
  return part;
}
