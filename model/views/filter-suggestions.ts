/** What the filter box offers while a word is typed: its fields, and after a field what the recording has of it. */
import { cookieLabel, recordLabel, requestOf } from '../labels/exchange-labels.ts';
import { shortSession } from '../labels/formats.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { type Field, FIELDS, QUALITIES, termOf } from './filter.ts';

export interface Suggestion {
  /** What replaces the word that is being typed. */
  term: string;
  /** What it looks at. */
  says: string;
}

/** More are no help. */
const MOST = 8;
/** Only the newest are gone through at each key: a suggestion need not be complete. */
const NEWEST = 500;

const FIELD_LABELS: Record<Field, string> = {
  key: 'a key of the session, or part of its path',
  path: 'the path of the request',
  session: 'the fingerprint of the session',
  record: 'saved, touched, not saved …',
  cookie: 'set, expired, not set …',
  status: '404, 5xx …',
  is: QUALITIES.join(', '),
  server: 'host or process',
};

/** The last word of what is typed so far, which a suggestion replaces. */
export const wordAt = (text: string): string => /(?:^|\s)(-?(?:[a-z]+:)?(?:"[^"]*|[^\s"]*))$/i.exec(text)?.[1] ?? '';

/** Empty where nothing fits, or nothing is being typed. */
export function suggestionsFor(text: string, items: readonly TimelineItem[]): Suggestion[] {
  const word = wordAt(text).toLowerCase();
  const [, not = '', named, rest = ''] = /^(-?)(?:([a-z]+):)?"?(.*)$/.exec(word) ?? [];
  const field = FIELDS.find((name) => name === named);
  if (field === undefined) {
    if (named !== undefined || (rest === '' && not === '')) return [];
    return FIELDS.filter((name) => name.startsWith(rest)).map((name) => ({
      term: `${not}${name}:`,
      says: FIELD_LABELS[name],
    }));
  }
  const seen = new Map<string, number>();
  for (const exchange of newestOf(items))
    for (const value of valuesOf(exchange, field))
      if (value.toLowerCase().includes(rest)) seen.set(value, (seen.get(value) ?? 0) + 1);
  return [...seen]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([value, count]) => ({ term: not + termOf(field, value), says: field === 'is' ? '' : `${count}×` }))
    .filter(({ term }) => term.toLowerCase() !== word);
}

const newestOf = (items: readonly TimelineItem[]) =>
  items.slice(-NEWEST).filter((item): item is ExchangeRecord => item.kind === 'exchange');

function valuesOf(exchange: ExchangeRecord, field: Field): string[] {
  const { started, finished, operations } = exchange;
  const some = (...values: (string | null | undefined)[]) => values.filter((value): value is string => Boolean(value));
  switch (field) {
    case 'key':
      return some(...new Set(operations.map(({ path }) => (path === undefined ? undefined : String(path[0])))));
    case 'path':
      return some(requestOf(exchange).path);
    case 'session':
      return some(finished?.sessionAfter ?? started?.cookie.fingerprint).map(shortSession);
    case 'record':
      return [recordLabel(exchange).text].filter((text) => text !== '–');
    case 'cookie':
      return [cookieLabel(exchange).text].filter((text) => text !== '–');
    case 'status':
      return some(finished?.status === undefined ? undefined : String(finished.status));
    case 'is':
      return [...QUALITIES];
    case 'server':
      return some(started?.host, started?.process);
  }
}
