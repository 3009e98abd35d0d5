/** A value that is read in full: its text in lines, its size in words, and where a search finds something. */
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import { partsOf, sizeOf } from '../values/parts.ts';
import { sourceText } from '../labels/source-text.ts';
import { formatBytes, plural } from '../labels/formats.ts';

/** Lines in one block: the browser lays out only the blocks in sight. */
export const BLOCK_LINES = 200;
/** More hits are not worth walking through. */
export const MAX_HITS = 5_000;

export interface ValueText {
  /** As it is shown and searched: text itself for a text, formatted JSON for the rest. */
  text: string;
  /** A text that holds JSON, and is shown formatted. */
  isParsed: boolean;
}

/** `raw`: a text as it is, even where it is JSON. */
export function valueText(value: EncodedValue, raw = false): ValueText {
  const own = ownText(value);
  if (own === undefined) return { text: sourceText(value), isParsed: false };
  const parsed = raw ? undefined : formattedJson(own);
  return parsed === undefined ? { text: own, isParsed: false } : { text: parsed, isParsed: true };
}

function ownText(value: EncodedValue): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || !isTagged(value) || value.$ !== 'text') return undefined;
  const left = value.length - value.head.length - value.tail.length;
  return `${value.head}\n… ${plural(left, 'character')} not loaded …\n${value.tail}`;
}

/** Only containers: a number in a text is better read as the text that it is. */
function formattedJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

/** `2.1 KB · 48 items`, `12,400 characters`: what is known of its size. */
export function sizeLabel(value: EncodedValue): string {
  const parts = partsOf(value);
  const size = sizeOf(value);
  if (parts !== undefined) {
    const noun = isList(value) ? 'item' : 'key';
    const shown = parts.length < size ? `${parts.length} of ${plural(size, noun)}` : plural(size, noun);
    return parts.length < size
      ? shown
      : `${shown} · ${formatBytes(bytesOf(JSON.stringify(JSON.parse(sourceText(value)))))} as JSON`;
  }
  if (typeof value === 'string') return `${plural(value.length, 'character')} · ${formatBytes(bytesOf(value))}`;
  if (value !== null && isTagged(value) && value.$ === 'text') return plural(value.length, 'character');
  if (value !== null && isTagged(value) && value.$ === 'bytes') return plural(value.length, 'byte');
  return '';
}

const isList = (value: EncodedValue) =>
  Array.isArray(value) || (isTagged(value) && (value.$ === 'array' || value.$ === 'set'));

/** In UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Whether something of it, at any depth, was not sent. */
export function isPartial(value: EncodedValue): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (isTagged(value)) {
    if (value.$ === 'text' || value.$ === 'cut') return true;
    if (sizeOf(value) > (partsOf(value)?.length ?? 0)) return true;
  }
  return (partsOf(value) ?? []).some(([, part]) => isPartial(part));
}

export interface Block {
  text: string;
  /** Of its first character in the whole text. */
  start: number;
  lines: number;
}

/** The text in blocks of lines; each but the last ends with its line break. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let start = 0;
  while (start < text.length || blocks.length === 0) {
    let end = start;
    let lines = 0;
    while (lines < BLOCK_LINES && end < text.length) {
      const next = text.indexOf('\n', end);
      end = next < 0 ? text.length : next + 1;
      lines += 1;
    }
    blocks.push({ text: text.slice(start, end), start, lines: Math.max(1, lines) });
    if (end >= text.length) break;
    start = end;
  }
  return blocks;
}

/** Where `query` stands in `text`, in any case of letters; at most `MAX_HITS`. */
export function hitsOf(text: string, query: string): number[] {
  const wanted = query.toLowerCase();
  if (wanted === '') return [];
  const all = text.toLowerCase();
  const hits: number[] = [];
  // A letter that grows in lower case would move all that follows: such a text is searched as it is.
  const searched = all.length === text.length ? all : text;
  for (
    let at = searched.indexOf(wanted);
    at >= 0 && hits.length < MAX_HITS;
    at = searched.indexOf(wanted, at + wanted.length)
  )
    hits.push(at);
  return hits;
}
