/** Sentences of findings, in parts: what a request, a key or a value is, a view may show as such. */
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';

export type Part =
  | string
  | { request: ExchangeRecord }
  | { path: KeyPath }
  /** A duration, ms. */
  | { ms: number }
  | { bytes: number }
  /** A fingerprint. */
  | { session: string }
  | { value: EncodedValue }
  /** As written in code: a setting, a header, a name. */
  | { code: string };

export type Sentence = readonly Part[];

/** A sentence from a template: ``say`${{ request }} erased ${{ path }}.` `` */
export function say(texts: TemplateStringsArray, ...parts: readonly (Part | Sentence | number)[]): Sentence {
  return texts.flatMap((text, index): Part[] => {
    const part = parts[index];
    const words: Part[] = text === '' ? [] : [text];
    if (part === undefined) return words;
    if (typeof part === 'number') return [...words, String(part)];
    return Array.isArray(part) ? [...words, ...(part as Sentence)] : [...words, part as Part];
  });
}

/** `a, b and c`; no more than `most` of them, then how many others. */
export function list(parts: readonly Part[], most = 4): Sentence {
  const shown = parts.slice(0, most);
  const others = parts.length - shown.length;
  const words: Part[] = others > 0 ? [...shown, `${others} more`] : shown;
  return words.flatMap((part, index) => (index === 0 ? [part] : [index === words.length - 1 ? ' and ' : ', ', part]));
}
