/** A value as Astro keeps it: a copy. */
import type { EncodedValue } from '../../../../../protocol/index.ts';
import { isPlainJson } from '../../kit/json-form.ts';

/** As far as one can be made with no code of the app's run; else the value itself. */
export function copyOf(value: unknown, encoded: EncodedValue | undefined): unknown {
  if (encoded !== undefined && isPlainJson(encoded)) return encoded;
  try {
    return /"\$":"(?:accessor|array|cut|opaque)"/.test(JSON.stringify(encoded)) ? value : structuredClone(value);
  } catch {
    return value;
  }
}
