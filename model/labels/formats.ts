/** How facts are worded: durations, sizes, times, values in one line. Pure; the views add nothing. */
import { type EncodedValue, isTagged, type KeyPath, type Source, type TaggedValue } from '../../protocol/index.ts';
import { contentOf, isKept, keyName } from '../values/known.ts';

/** `6.0 ms`, `842 ms`, `1.4 s`, `13 min`: two or three digits, and a unit. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(ms < 36_000_000 ? 1 : 0)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** Offset from an exchange's start, to three digits: `+1.2`, `+13.8`, `+223`. */
export const formatOffset = (ms: number): string => `+${ms < 100 ? ms.toFixed(1) : Math.round(ms)}`;

/** `38 B`, `2.1 KB`. A kilobyte is 1,000 bytes, as browsers count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `14:01:58.204`, local. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `cart.items[0].qty`. A step that is not an identifier is quoted. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w$-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Four hex digits of a fingerprint: enough to distinguish sessions by eye; the whole is in the tooltip. */
export const shortSession = (fingerprint: string): string => fingerprint.slice(0, 4);

/** `cart/views.py:29`; absent where there is no frame. */
export function formatSource(source: Source | undefined): string | undefined {
  const frame = source?.frames[0];
  return frame && `${frame.file}:${frame.line}`;
}

/** A mark that stands before a value that is less than certain. */
export interface Mark {
  text: string;
  title: string;
}

const PREVIEW_ITEMS = 4;
const PREVIEW_TEXT = 48;

/** A value in one line, no braces of JSON but for containers: `"tea"`, `{items: [4], currency: "EUR"}`. */
export function previewValue(encoded: EncodedValue, depth = 1): string {
  const value = contentOf(encoded);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return previewList('', value, value.length, depth);
  if (isTagged(value)) return previewTagged(value, depth);
  return previewObject('', Object.entries(value), Object.keys(value).length, depth);
}

/** A value within another: there a redacted one has no mark before it, so a word stands for it. */
const previewPart = (value: EncodedValue, depth: number): string =>
  isKept(value) ? 'redacted' : previewValue(value, depth);

const quote = (text: string) => JSON.stringify(text.length > PREVIEW_TEXT ? `${text.slice(0, PREVIEW_TEXT)}…` : text);

function previewObject(name: string, entries: [string, EncodedValue][], size: number, depth: number): string {
  if (depth <= 0) return `${name}{${size}}`;
  const shown = entries.slice(0, PREVIEW_ITEMS).map(([key, value]) => `${key}: ${previewPart(value, depth - 1)}`);
  return `${name}{${shown.join(', ')}${size > shown.length ? ', …' : ''}}`;
}

/** Keys that are texts in quotes, so that 12 and "12" are distinguished. */
function previewMap(entries: [EncodedValue, EncodedValue][], size: number, depth: number): string {
  if (depth <= 0 || entries.length === 0) return `Map(${size})`;
  const shown = entries
    .slice(0, PREVIEW_ITEMS)
    .map(([key, value]) => `${typeof key === 'string' ? quote(key) : keyName(key)} → ${previewPart(value, depth - 1)}`);
  return `Map {${shown.join(', ')}${size > shown.length ? ', …' : ''}}`;
}

function previewList(name: string, items: EncodedValue[], size: number, depth: number): string {
  if (depth <= 0 || size > 8 || items.some((item) => typeof item === 'object' && item !== null))
    return `${name}[${size}]`;
  return `${name}[${items.map((item) => previewValue(item, depth - 1)).join(', ')}${size > items.length ? ', …' : ''}]`;
}

function previewTagged(value: TaggedValue, depth: number): string {
  switch (value.$) {
    case 'object':
      return previewObject(value.class ? `${value.class} ` : '', value.entries, value.size, depth);
    case 'array':
      return previewList(value.class ? `${value.class} ` : '', value.items, value.size, depth);
    case 'map':
      return previewMap(value.entries, value.size, depth);
    case 'set':
      return previewList('Set ', value.items, value.size, depth);
    case 'text':
      return quote(value.head);
    case 'date':
      return value.iso ?? 'invalid date';
    case 'bigint':
      return `${value.digits}n`;
    case 'number':
      return value.value;
    case 'undefined':
      return 'undefined';
    case 'symbol':
      return `Symbol(${value.description})`;
    case 'function':
      return `function ${value.name}`.trimEnd();
    case 'bytes':
      return `${value.class}(${value.length})`;
    case 'error':
      return `${value.name}: ${value.message}`;
    case 'cycle':
      return `→ ${value.path.length === 0 ? 'itself' : formatPath(value.path)}`;
    case 'accessor':
      return 'getter, not called';
    case 'opaque':
      return value.text === undefined ? value.class : `${value.class} ${quote(value.text)}`;
    case 'cut':
      return value.size === undefined ? `${value.kind}, left out` : `${value.kind} of ${value.size}, left out`;
    case 'same':
      return `as ${value.part} of event ${value.seq}`;
    case 'redacted':
      return '';
  }
}

/** What must be said before a value is shown, so that cutting never hides it. */
export function markOf(encoded: EncodedValue): Mark | undefined {
  const value = contentOf(encoded);
  if (isTagged(encoded) && encoded.$ === 'redacted' && value !== encoded)
    return { text: 'revealed', title: 'Redacted on the server by default; this panel is paired and asked for it.' };
  if (!isTagged(value)) return undefined;
  if (value.$ === 'redacted')
    return {
      text: 'redacted',
      title: `Redacted on the server by its ${value.by}. Its keyed hash is ${value.digest}: equal hashes, equal values.`,
    };
  if (value.$ === 'text')
    return {
      text: formatBytes(value.length),
      title: `The text has ${value.length} characters; its middle was left out.`,
    };
  if (value.$ === 'cut') return { text: 'cut', title: `Left out for its ${value.why}.` };
  const shown = value.$ === 'object' || value.$ === 'map' ? value.entries : 'items' in value ? value.items : undefined;
  return shown !== undefined && 'size' in value && shown.length < value.size!
    ? partly(shown.length, value.size!)
    : undefined;
}

const partly = (shown: number, size: number): Mark => ({
  text: `${shown} of ${size}`,
  title: `Only the first ${shown} of ${size} were sent.`,
});

/** Kind of a value, for its colour. */
export function kindOf(encoded: EncodedValue): 'text' | 'number' | 'other' {
  const value = contentOf(encoded);
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'boolean') return 'number';
  if (!isTagged(value)) return 'other';
  return value.$ === 'text' || value.$ === 'date'
    ? 'text'
    : value.$ === 'bigint' || value.$ === 'number'
      ? 'number'
      : 'other';
}
