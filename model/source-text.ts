/** A value as a program would write it: what *copy value* puts on the clipboard. */
import { type EncodedValue, isTagged } from '../protocol/index.ts';
import { isList, partsOf } from './parts.ts';
import { previewValue } from './words.ts';

/** JSON where JSON can say it; what it can't, and what was not sent whole, as the panel words it, in a string. */
export const sourceText = (value: EncodedValue): string => JSON.stringify(plain(value), undefined, 2);

function plain(value: EncodedValue): unknown {
  const parts = partsOf(value);
  if (parts !== undefined) {
    if (isList(value)) return parts.map(([, part]) => plain(part));
    // A null prototype: a program's own key __proto__ is a key like any other.
    const object = Object.create(null) as Record<string, unknown>;
    for (const [step, part] of parts) object[String(step)] = plain(part);
    return object;
  }
  if (!isTagged(value)) return value;
  if (value.$ === 'redacted') return '(held back on the server)';
  if (value.$ === 'text') return `${value.head}…${value.tail}`;
  return value.$ === 'date' ? value.iso : previewValue(value);
}
