/** An exchange and its operations, worded for a row: what a view prints as it is. */
import type { EncodedValue, OperationRecorded } from '../../protocol/index.ts';
import { sizeOf } from '../values/parts.ts';
import { touchNeedsRecord } from '../history/record.ts';
import { isRotation, overwroteUnreadable } from '../history/lineage.ts';
import type { Write } from '../history/writes.ts';
import { sameness } from '../values/compare.ts';
import { isKept, isUndefined } from '../values/known.ts';
import { pathOfUrl } from '../recording/url-path.ts';
import type { ExchangeRecord } from '../recording/records.ts';
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
} from './formats.ts';

/** How much a word matters: ordinary facts are quiet, exceptional ones have weight. */
export type Weight = 'quiet' | 'plain' | 'strong' | 'waiting' | 'bad';

export interface Label {
  text: string;
  title: string;
  weight: Weight;
}

const isBackground = ({ id }: ExchangeRecord) => id.startsWith('background:');

/** `POST` and the path; for the background, what it is. */
export function requestOf(exchange: ExchangeRecord): { method: string; path: string } {
  if (isBackground(exchange))
    return { method: '', path: exchange.operations.length > 0 ? 'background' : 'companion fault' };
  const { started, har } = exchange;
  return {
    method: started?.method ?? har?.method ?? '',
    path: started?.path ?? (har ? pathOfUrl(har.url) : 'request not recorded'),
  };
}

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
    else if (known !== '+' && !(before !== undefined && !isNested && sameness(before, after) === 'same'))
      signs.set(name, '~');
  }
  return [...signs].map(([name, sign]) => sign + name);
}

/** `9d41`; `e07c → 9d41` where the one became the other; `→ e07c` where a new one was begun; `51be → –`. */
export function sessionLabel(exchange: ExchangeRecord): Label & { isRotated: boolean } {
  const { started, finished, operations } = exchange;
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
  if (!isRotation(exchange, before, after))
    return {
      text: `→ ${shortSession(after)}`,
      title: `${title}\nThe one is not the other under a new key: a new session was begun.`,
      weight: 'plain',
      isRotated: false,
    };
  return { text: `${shortSession(before)} → ${shortSession(after)}`, title, weight: 'plain', isRotated: true };
}

const BAD_RECORDS: ReadonlySet<string> = new Set(['failed', 'not-saved', 'unreadable']);
const QUIET_RECORDS: ReadonlySet<string> = new Set(['unchanged', 'touched', 'none']);

function unendedLabel({ started, isCutOff }: ExchangeRecord): Label {
  if (isCutOff) return { text: 'not known', title: 'The server went away before it reported.', weight: 'quiet' };
  return { text: started === undefined ? '–' : 'not yet', title: '', weight: 'waiting' };
}

export function recordLabel(exchange: ExchangeRecord): Label {
  const { finished } = exchange;
  if (finished === undefined) return unendedLabel(exchange);
  const { outcome, text } = finished.verdict.record;
  if (outcome === 'pending') return { text: 'not yet', title: text, weight: 'waiting' };
  const weight = BAD_RECORDS.has(outcome) ? 'bad' : QUIET_RECORDS.has(outcome) ? 'quiet' : 'strong';
  return { text: outcome === 'none' ? '–' : outcome.replace('-', ' '), title: text, weight };
}

export function cookieLabel(exchange: ExchangeRecord): Label {
  const { finished } = exchange;
  if (finished === undefined) return unendedLabel(exchange);
  const { outcome, text, due } = finished.verdict.cookie;
  if (outcome === 'pending') return { text: 'not yet', title: text, weight: 'waiting' };
  if (outcome === 'not-set') return { text: 'not set', title: text, weight: due ? 'bad' : 'quiet' };
  return { text: outcome === 'none' ? '–' : outcome, title: text, weight: outcome === 'none' ? 'quiet' : 'strong' };
}

/** Whether something went wrong in an exchange, as its own row says it: what `n` and `p` go to. */
export const hasProblem = (exchange: ExchangeRecord): boolean =>
  recordLabel(exchange).weight === 'bad' ||
  cookieLabel(exchange).weight === 'bad' ||
  (exchange.finished?.ending === 'aborted' && exchange.finished.verdict.record.outcome !== 'pending') ||
  exchange.finished?.verdict.record.outcome === 'missing' ||
  exchange.isCutOff === true ||
  (exchange.finished?.faults ?? 0) > 0 ||
  exchange.faults.length > 0 ||
  exchange.operations.some(({ outcome }) => outcome === 'error' || outcome === 'unreadable');

/** What one operation did, after its name: the key, and what became of it. */
export interface OperationLabels {
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
    'Nobody assigned the key itself: the change inside it was found by comparison. It is dated by when it was found; the line is the one that got the value.',
};

/** What is only known beside other operations. */
export interface Beside {
  /** The operation's own. */
  exchange?: ExchangeRecord;
  /** What had taken the record away that it no longer found. */
  deletedBy?: Write | undefined;
}

export function operationLabels(operation: OperationRecorded, beside: Beside = {}): OperationLabels {
  const { path } = operation;
  const labels: OperationLabels = path === undefined ? {} : { path: formatPath(path) };
  switch (operation.operation) {
    case 'get':
      return { ...labels, ...getLabels(operation) };
    case 'set':
    case 'delete':
      return { ...labels, ...changeLabels(operation) };
    case 'set-expiry':
    case 'touch':
    case 'expire':
      return { ...labels, ...expiryLabels(operation, beside) };
    default:
      return { ...labels, note: storeNote(operation, beside) };
  }
}

/** Calls that hand everything out: Django's, and those of its framework in TypeScript. */
const ALL_VALUES: ReadonlySet<string> = new Set(['values', 'items', 'entries']);

function getLabels({ call, hit, after, keys }: OperationRecorded): OperationLabels {
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

const markOfSide = (value: EncodedValue | undefined) => (value === undefined ? undefined : markOf(value));

function changeLabels({ operation, before, after, inferred, hit }: OperationRecorded): OperationLabels {
  const mark = inferred ? INFERRED : (markOfSide(after) ?? markOfSide(before));
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
        : isKept(after)
          ? 'redacted'
          : previewValue(after);
  if (before === undefined || (isUndefined(before) && inferred)) return { ...marked, before: 'absent', after: now };
  if (sameness(before, after) === 'same') return { ...marked, note: 'the same value again', after: now };
  if (isKept(before) && isKept(after)) return { ...marked, note: 'changed' };
  return { ...marked, before: previewValue(before, 0), after: now };
}

/** `deleted meanwhile by #5: the touch found nothing`. */
function goneNote({ operation, outcome }: OperationRecorded, { exchange, deletedBy }: Beside): string {
  const isKnown = outcome === 'gone' || (exchange !== undefined && touchNeedsRecord(exchange));
  const touched = isKnown ? 'the touch found nothing' : 'whether the touch found a record is not known';
  const found = operation === 'touch' ? touched : 'nothing was written';
  if (deletedBy === undefined) return `the record was no longer there: ${found}`;
  if (deletedBy.operation.operation === 'expire') return `expired meanwhile: ${found}`;
  const isOwn = deletedBy.exchange.id === exchange?.id;
  return `deleted ${isOwn ? 'by this request' : `meanwhile by ${numberText(deletedBy.exchange)}`}: ${found}`;
}

function expiryLabels(operation: OperationRecorded, beside: Beside): OperationLabels {
  const { expiry, expiryBefore, at, durationMs, operation: name, outcome, error } = operation;
  if (outcome === 'gone' || (name === 'touch' && beside.deletedBy !== undefined))
    return { note: goneNote(operation, beside) };
  if (outcome === 'error') return { note: failure(error) };
  if (name === 'expire') return { note: 'the record had expired and was dropped' };
  const left = (clocks: OperationRecorded['expiry']) => {
    const end = clocks?.sessionAt;
    if (end === undefined) return undefined;
    if (end !== null) return formatDuration(Math.max(0, end - at));
    return clocks!.cookieAt === null ? 'browser close' : 'no end';
  };
  const after = left(expiry);
  const before = left(expiryBefore);
  if (name === 'set-expiry') return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  const note = [after && `ends in ${after}`, durationMs !== undefined && formatDuration(durationMs)];
  // Where nothing was asked of the store, what the app wrote is all there is to say: `modified = true`.
  return { note: note.filter(Boolean).join(' · ') || operation.call };
}

const LOAD_NOTES: Partial<Record<NonNullable<OperationRecorded['outcome']>, string>> = {
  expired: 'the record had expired',
  missing: 'no such record',
  'none-sent': 'no cookie was sent',
  'invalid-signature': 'the signature is invalid',
  unreadable: 'there is a record, and it could not be read',
};

const REFUSALS: Record<string, string> = {
  'other-secret': 'another secret made it',
  tampered: 'it was changed on the way',
  malformed: 'it is malformed',
};

/** Why a load was refused, where the library said so. */
const refusal = (reason: string | undefined) => (reason === undefined ? undefined : REFUSALS[reason]);

const failure = (error: OperationRecorded['error']) => `failed: ${error?.name ?? 'error'}: ${error?.message ?? ''}`;

function storeNote(operation: OperationRecorded, beside: Beside): string {
  const { operation: name, keys, bytes, durationMs, outcome, error, from, to, before, reason } = operation;
  const took = durationMs === undefined ? undefined : formatDuration(durationMs);
  if (outcome === 'error') return [failure(error), took].filter(Boolean).join(' · ');
  const sizes = [
    keys === undefined ? undefined : plural(keys, 'key'),
    bytes === undefined || keys === 0 ? undefined : formatBytes(bytes),
  ];
  switch (name) {
    case 'load':
      if (outcome === 'found') return [...sizes, took].filter(Boolean).join(' · ');
      return [LOAD_NOTES[outcome ?? 'missing'] ?? 'no such record', refusal(reason), took].filter(Boolean).join(' · ');
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
      if (outcome === 'gone') return [goneNote(operation, beside), took].filter(Boolean).join(' · ');
      if (beside.exchange !== undefined && overwroteUnreadable(beside.exchange, operation))
        return ['overwrote a record that could not be read', ...sizes, took].filter(Boolean).join(' · ');
      return [...sizes, took].filter(Boolean).join(' · ');
  }
}

/** What stands at the right edge: the line, or who did it. */
export interface SourceLabel {
  /** `cart/views.py:29`, or absent. */
  link?: string;
  /** `framework`, `library`, `background`, `over budget`. */
  note?: string;
}

export function sourceLabel({ source, actor, operation }: OperationRecorded): SourceLabel {
  const isOwnAct = actor === 'framework' && operation !== 'save' && operation !== 'touch';
  const link = formatSource(source);
  if (link !== undefined && !isOwnAct)
    return source!.frames[0]!.kind === 'library'
      ? { link, note: 'library' }
      : { link, ...(actor === 'framework' ? { note: 'framework' } : {}) };
  if (source?.omitted === 'budget') return { note: 'over budget' };
  return { note: actor };
}

/** `#8`; `–` for what is not counted: requests of DevTools itself. */
export const numberText = ({ number }: ExchangeRecord): string => (number === 0 ? '–' : `#${number}`);

/** The moment in words: `#42 POST /cart/coupon +223 ms, save`. */
export function momentLabel(
  exchange: ExchangeRecord,
  index: number,
): { number: string; request: string; when: string } {
  const { method, path } = requestOf(exchange);
  const operation = exchange.operations[index - 1];
  const when =
    operation === undefined
      ? 'before anything happened'
      : `+${formatDuration(operation.offsetMs ?? 0)}, ${operation.operation}`;
  return { number: numberText(exchange), request: `${method} ${path}`.trim(), when };
}
