/** A value as the program's own language writes it: what *Copy as code* puts on the clipboard. */
import { type EncodedValue, isTagged, type TaggedValue } from '../../protocol/index.ts';
import { isList, partsOf } from '../values/parts.ts';
import { previewValue } from './formats.ts';

export type Language = 'JavaScript' | 'Python';

const INDENT = '  ';

/** Readable code; what it cannot give (redacted, cut, functions) is a comment in its place. */
export const codeText = (value: EncodedValue, language: Language): string => write(value, language, '');

function write(value: EncodedValue, language: Language, indent: string): string {
  const isPython = language === 'Python';
  if (value === null) return isPython ? 'None' : 'null';
  if (typeof value === 'boolean') return isPython ? (value ? 'True' : 'False') : String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isTagged(value)) {
    const own = writeTagged(value, isPython);
    if (own !== undefined) return own;
  }
  const parts = partsOf(value) ?? [];
  const inner = indent + INDENT;
  const missing = isTagged(value) && 'size' in value && value.size! > parts.length ? value.size! - parts.length : 0;
  const sign = isPython ? '#' : '//';
  const lines = parts.map(([step, part]) => {
    const text = write(part, language, inner);
    const note = noteOf(part);
    const name = isList(value) ? '' : `${keyOf(String(step), isPython)}: `;
    return `${inner}${name}${text},${note === undefined ? '' : ` ${sign} ${note}`}`;
  });
  if (missing > 0) lines.push(`${inner}${sign} ${missing} more were not loaded`);
  const [open, close] = isList(value) ? ['[', ']'] : ['{', '}'];
  const body = lines.length === 0 ? open + close : `${open}\n${lines.join('\n')}\n${indent}${close}`;
  return isTagged(value) && value.$ === 'set' ? (isPython ? `set(${body})` : `new Set(${body})`) : body;
}

const keyOf = (key: string, isPython: boolean) =>
  !isPython && /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__'
    ? key
    : !isPython && key === '__proto__'
      ? '["__proto__"]'
      : JSON.stringify(key);

/** What code cannot say of a value, for a comment behind it: in one line. */
function noteOf(value: EncodedValue): string | undefined {
  if (!isTagged(value)) return undefined;
  switch (value.$) {
    case 'object':
    case 'array':
    case 'map':
    case 'set':
    case 'bigint':
    case 'number':
    case 'undefined':
      return undefined;
    case 'date':
      return value.iso === null ? 'invalid date' : undefined;
    case 'text':
      return 'the middle was not loaded';
    case 'redacted':
      return 'redacted';
    default:
      return previewValue(value).replaceAll(/\s+/g, ' ');
  }
}

function writeTagged(value: TaggedValue, isPython: boolean): string | undefined {
  const absent = isPython ? 'None' : 'undefined';
  switch (value.$) {
    case 'object':
    case 'array':
    case 'map':
    case 'set':
      return undefined;
    case 'date':
      if (value.iso === null) return absent;
      return isPython
        ? `datetime.fromisoformat(${JSON.stringify(value.iso)})`
        : `new Date(${JSON.stringify(value.iso)})`;
    case 'bigint':
      return isPython ? value.digits : `${value.digits}n`;
    case 'number':
      return isPython && value.value !== '-0' ? `float(${JSON.stringify(value.value)})` : value.value;
    case 'text':
      return JSON.stringify(`${value.head}…${value.tail}`);
    default:
      return absent;
  }
}
