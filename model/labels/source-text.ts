/** A value as a program would write it: what *copy value* puts on the clipboard. */
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import { contentOf } from '../values/known.ts';
import { isList, partName, partsOf } from '../values/parts.ts';
import { previewValue } from './formats.ts';

/** JSON where JSON can say it; what it can't, and what was not sent whole, as the panel words it, in a string. */
export const sourceText = (value: EncodedValue): string => JSON.stringify(plain(value), undefined, 2);

function plain(encoded: EncodedValue): unknown {
  const value = contentOf(encoded);
  const parts = partsOf(value);
  if (parts !== undefined) {
    if (isList(value)) return parts.map(([, part]) => plain(part));
    // A null prototype: a program's own key __proto__ is a key like any other.
    const object = Object.create(null) as Record<string, unknown>;
    for (const [step, part] of parts) object[partName(value, step)] = plain(part);
    return object;
  }
  if (!isTagged(value)) return value;
  if (value.$ === 'redacted') return '(redacted)';
  if (value.$ === 'text') return `${value.head}…${value.tail}`;
  return value.$ === 'date' ? value.iso : previewValue(value);
}
