/** An exchange and its operations, worded for a row: what a view prints as it is. */
import { type EncodedValue, isTagged, type OperationRecorded } from '../protocol/index.ts';
import { isSame } from './history.ts';
import { sizeOf } from './parts.ts';
import type { ExchangeRecord } from './timeline.ts';
import {
  formatBytes,
  formatDuration,
  formatPath,
  formatSource,
  type Mark,
  markOf,
  plural,
  previewValue,
  shortSession,
} from './words.ts';

/** How much a word matters: ordinary facts are quiet, exceptional ones have weight. */
export type Weight = 'quiet' | 'plain' | 'strong' | 'waiting' | 'bad';

export interface Word {
  text: string;
  title: string;
  weight: Weight;
}

const isBackground = ({ id }: ExchangeRecord) => id.startsWith('background:');

/** `POST` and the path; for the background, what it is. */
export function requestOf(exchange: ExchangeRecord): { method: string; path: string } {
  if (isBackground(exchange)) return { method: '', path: 'background' };
  const { started, har } = exchange;
  return {
    method: started?.method ?? har?.method ?? '',
    path: started?.path ?? (har ? pathOfUrl(har.url) : 'request not recorded'),
  };
}

/** What Chromium's DevTools asks of each page by itself, to find a workspace: no request of the app's. */
const DEVTOOLS_PATH = '/.well-known/appspecific/com.chrome.devtools.json';

/** Whether DevTools sent it, not the page. */
export const isOfDevtools = (exchange: ExchangeRecord): boolean => requestOf(exchange).path === DEVTOOLS_PATH;

/** The path of an absolute URL, without its query. */
export const pathOfUrl = (url: string) => url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '') || '/';

/** Keys changed, as `+new ~changed −gone`, in the order of the changes. */
export function changesOf({ operations }: ExchangeRecord): string[] {
  const signs = new Map<string, '+' | '~' | '−'>();
  for (const { operation, path, before, after } of operations) {
    const key = path?.[0];
    if (key === undefined || (operation !== 'set' && operation !== 'delete')) continue;
    const name = String(key);
    const isNested = path!.length > 1;
    const wasThere = isNested || (before !== undefined && !isUndefined(before));
    const isThere = operation === 'set' && (isNested || !isUndefined(after));
    const known = signs.get(name);
    if (!isThere) {
      if (known === '+') signs.delete(name);
      else if (wasThere) signs.set(name, '−');
    } else if (!wasThere) signs.set(name, known === '−' ? '~' : '+');
    else if (known !== '+' && !(before !== undefined && !isNested && isSame(before, after))) signs.set(name, '~');
  }
  return [...signs].map(([name, sign]) => sign + name);
}

const isUndefined = (value: EncodedValue | undefined) =>
  value === undefined || (isTagged(value) && value.$ === 'undefined');

const isRedacted = (value: EncodedValue | undefined) =>
  value !== undefined && isTagged(value) && value.$ === 'redacted';

/** `9d41`, `e07c → 9d41`, `→ e07c`, `51be → –`. */
export function sessionWords({ started, finished, operations }: ExchangeRecord): Word & { isRotated: boolean } {
  const before = (finished === undefined ? started?.cookie.fingerprint : finished.sessionBefore) ?? null;
  const latest = operations.findLast(({ session }) => session !== null)?.session ?? null;
  const isStored = finished !== undefined;
  const after = isStored ? finished.sessionAfter : latest;
  const title = [
    before === null ? 'No session was named by a cookie.' : `Cookie: session ${before}`,
    after === null ? '' : `Now: session ${after}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
  if (before === after)
    return {
      text: before === null ? '–' : shortSession(before),
      title,
      weight: before === null ? 'quiet' : 'plain',
      isRotated: false,
    };
  if (before === null) return { text: `→ ${shortSession(after!)}`, title, weight: 'plain', isRotated: false };
  if (after === null) return { text: `${shortSession(before)} → –`, title, weight: 'plain', isRotated: false };
  return { text: `${shortSession(before)} → ${shortSession(after)}`, title, weight: 'plain', isRotated: true };
}

const QUIET_RECORDS: ReadonlySet<string> = new Set(['unchanged', 'touched', 'none']);

function unendedWord({ started, isCutOff }: ExchangeRecord): Word {
  if (isCutOff) return { text: 'not known', title: 'The server went away before it told.', weight: 'quiet' };
  return { text: started === undefined ? '–' : 'not yet', title: '', weight: 'waiting' };
}

export function recordWord(exchange: ExchangeRecord): Word {
  const { finished } = exchange;
  if (finished === undefined) return unendedWord(exchange);
  const { outcome, text } = finished.verdict.record;
  const weight =
    outcome === 'failed' || outcome === 'not-saved' ? 'bad' : QUIET_RECORDS.has(outcome) ? 'quiet' : 'strong';
  return { text: outcome === 'none' ? '–' : outcome === 'not-saved' ? 'not saved' : outcome, title: text, weight };
}

export function cookieWord(exchange: ExchangeRecord): Word {
  const { finished } = exchange;
  if (finished === undefined) return unendedWord(exchange);
  const { outcome, text, due } = finished.verdict.cookie;
  if (outcome === 'not-set') return { text: 'not set', title: text, weight: due ? 'bad' : 'quiet' };
  return { text: outcome === 'none' ? '–' : outcome, title: text, weight: outcome === 'none' ? 'quiet' : 'strong' };
}

/** Whether something went wrong in an exchange, as its own row says it: what `n` and `p` go to. */
export const isAmiss = (exchange: ExchangeRecord): boolean =>
  recordWord(exchange).weight === 'bad' ||
  cookieWord(exchange).weight === 'bad' ||
  exchange.finished?.ending === 'aborted' ||
  exchange.finished?.verdict.record.outcome === 'missing' ||
  (exchange.finished?.faults ?? 0) > 0 ||
  exchange.operations.some(({ outcome }) => outcome === 'error');

/** What one operation did, after its name: the key, and what became of it. */
export interface OperationWords {
  path?: string;
  mark?: Mark;
  /** Grey: what was. */
  before?: string;
  /** In full ink: what is. */
  after?: string;
  /** Grey words in place of values. */
  note?: string;
}

const INFERRED: Mark = {
  text: 'inferred',
  title:
    'Nobody assigned the key itself: the change inside it was found by comparison. It is dated by when it was found, and sourced by the line that got the value.',
};

export function operationWords(operation: OperationRecorded): OperationWords {
  const { path } = operation;
  const words: OperationWords = path === undefined ? {} : { path: formatPath(path) };
  switch (operation.operation) {
    case 'get':
      return { ...words, ...getWords(operation) };
    case 'set':
    case 'delete':
      return { ...words, ...changeWords(operation) };
    case 'set-expiry':
    case 'touch':
    case 'expire':
      return { ...words, ...expiryWords(operation) };
    default:
      return { ...words, note: storeNote(operation) };
  }
}

/** Calls that hand everything out: Django's, and those of its framework in TypeScript. */
const ALL_VALUES: ReadonlySet<string> = new Set(['values', 'items', 'entries']);

function getWords({ call, hit, after, keys }: OperationRecorded): OperationWords {
  if (call === 'keys' || ALL_VALUES.has(call))
    return {
      note: `all ${call === 'keys' ? 'keys' : 'values'}${keys === undefined ? '' : ` · ${plural(keys, 'key')}`}`,
    };
  // Django's word, and that of its framework in TypeScript.
  if (call === 'in' || call === 'has') return { note: hit ? 'in the session: yes' : 'in the session: no' };
  if (!hit) return { note: 'miss' };
  if (after === undefined) return {};
  const mark = markOf(after);
  return { ...(mark ? { mark } : {}), after: previewValue(after) };
}

function changeWords({ operation, before, after, inferred, hit }: OperationRecorded): OperationWords {
  const mark = inferred ? INFERRED : ((after && markOf(after)) ?? (before && markOf(before)));
  const marked = mark ? { mark } : {};
  if (operation === 'delete') {
    if (before === undefined) return { ...marked, note: hit === false ? 'was not there' : '' };
    return { ...marked, after: previewValue(before) };
  }
  const now =
    isUndefined(after) && inferred
      ? 'absent'
      : after === undefined
        ? 'undefined'
        : isRedacted(after)
          ? 'held back'
          : previewValue(after);
  if (before === undefined || (isUndefined(before) && inferred)) return { ...marked, before: 'absent', after: now };
  if (isSame(before, after)) return { ...marked, note: 'the same value again', after: now };
  if (isRedacted(before) && isRedacted(after)) return { ...marked, note: 'changed' };
  return { ...marked, before: previewValue(before, 0), after: now };
}

function expiryWords(operation: OperationRecorded): OperationWords {
  const { expiry, expiryBefore, at, durationMs, operation: name } = operation;
  if (name === 'expire') return { note: 'the record had expired and was dropped' };
  const left = (end: number | null | undefined) =>
    end === undefined ? undefined : end === null ? 'browser close' : formatDuration(Math.max(0, end - at));
  const after = left(expiry?.sessionAt);
  const before = left(expiryBefore?.sessionAt);
  if (name === 'set-expiry') return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  const note = [after && `ends in ${after}`, durationMs !== undefined && formatDuration(durationMs)];
  // Where nothing was asked of the store, what the app wrote is all there is to say: `modified = true`.
  return { note: note.filter(Boolean).join(' · ') || operation.call };
}

function storeNote(operation: OperationRecorded): string {
  const { operation: name, keys, bytes, durationMs, outcome, error, from, to, before } = operation;
  const took = durationMs === undefined ? undefined : formatDuration(durationMs);
  if (outcome === 'error')
    return [`failed: ${error?.name ?? 'error'}: ${error?.message ?? ''}`, took].filter(Boolean).join(' · ');
  const sizes = [
    keys === undefined ? undefined : plural(keys, 'key'),
    bytes === undefined || keys === 0 ? undefined : formatBytes(bytes),
  ];
  switch (name) {
    case 'load':
      if (outcome === 'found') return [...sizes, took].filter(Boolean).join(' · ');
      if (outcome === 'expired') return ['the record had expired', took].filter(Boolean).join(' · ');
      if (outcome === 'invalid-signature') return ['the signature does not hold', took].filter(Boolean).join(' · ');
      return ['no such record', took].filter(Boolean).join(' · ');
    case 'create':
      return 'a new, empty session';
    case 'cycle-key': {
      const dropped = before === undefined ? undefined : sizeOf(before);
      const kept = keys === undefined ? undefined : `${plural(keys, 'key')} kept`;
      return [
        `${from ? shortSession(from) : '–'} → ${to ? shortSession(to) : '–'}`,
        kept,
        dropped && keys === 0 ? `${plural(dropped, 'key')} dropped` : undefined,
        took,
      ]
        .filter(Boolean)
        .join(' · ');
    }
    case 'flush':
      return [before === undefined ? undefined : plural(sizeOf(before), 'key'), 'the record is deleted', took]
        .filter(Boolean)
        .join(' · ');
    default:
      return [...sizes, took].filter(Boolean).join(' · ');
  }
}

/** What stands at the right edge: the line, or who did it. */
export interface SourceWords {
  /** `cart/views.py:29`, or absent. */
  link?: string;
  /** `framework`, `library`, `background`, `over budget`. */
  note?: string;
}

export function sourceWords({ source, actor, operation }: OperationRecorded): SourceWords {
  const isOwnAct = actor === 'framework' && operation !== 'save' && operation !== 'touch';
  const link = formatSource(source);
  if (link !== undefined && !isOwnAct)
    return source!.frames[0]!.kind === 'library'
      ? { link, note: 'library' }
      : { link, ...(actor === 'framework' ? { note: 'framework' } : {}) };
  if (source?.omitted === 'budget') return { note: 'over budget' };
  return { note: actor };
}

/** The moment in words: `#42 POST /cart/coupon +223 ms, save`. */
export function momentWords(
  exchange: ExchangeRecord,
  index: number,
): { number: string; request: string; when: string } {
  const { method, path } = requestOf(exchange);
  const operation = exchange.operations[index - 1];
  const when =
    operation === undefined
      ? 'before anything happened'
      : `+${formatDuration(operation.offsetMs ?? 0)}, ${operation.operation}`;
  return { number: `#${exchange.number}`, request: `${method} ${path}`.trim(), when };
}
