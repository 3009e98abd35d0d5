import { moveMemory, orderedKeys } from './numbers.ts';

/** A session's data from what a cache held; `undefined` where that is no `dict`. */
export function toSessionData(value: unknown): Map<string, unknown> | undefined {
  // Keys that are not a string are Python's to use: they are carried along.
  if (value instanceof Map) return value as Map<string, unknown>;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const data = new Map(orderedKeys(value).map((key) => [key, (value as Record<string, unknown>)[key]]));
  moveMemory(value, data);
  return data;
}
