/**
 * Django's sessions under other settings, in Python and in TypeScript: "When sessions are saved" of its documentation, and
 * `SessionMiddleware.process_response` of 5.2, over recorded facts.
 */
import type { Facts } from './facts.ts';
import { always, type Case, type CookieOutcome, type Input, type RecordOutcome, type Row } from './rows.ts';

/** Empty and without a key, or no session at all: the settings are not asked. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  'no-session',
  'empty',
  'missing',
  'expired',
  'invalid-signature',
  'unreadable',
  'dummy-cache',
  'flushed',
  'logged-out',
  'session-hash-missing',
  'session-hash-differs',
]);

const UNSURE: ReadonlySet<string> = new Set([
  'aborted',
  'handler-threw',
  'response-pending',
  'too-late',
  'app-save-failed',
  'store-error',
  'not-serializable',
  'error',
]);

const IS_MODIFIED: Readonly<Record<string, boolean>> = {
  modified: true,
  'save-every-request': false,
  'app-saved': false,
  'not-modified': false,
  untouched: false,
  'nested-change': false,
};

const reasonOf = ({ verdict }: Facts) => verdict.record.reason;

/** As `session.modified` says; `undefined`: the recording does not. */
export function isModifiedBy(facts: Facts): boolean | undefined {
  return IS_MODIFIED[reasonOf(facts)] ?? isModifiedElsewhere(facts);
}

/** Of another content: an assignment sets `modified` whatever was there, a deletion only where something was. */
export function isModifiedElsewhere(facts: Facts): boolean | undefined {
  const { writes, isRotated, isMarked, isCleared, isSavedByApp } = facts;
  // What saves without having loaded fails where the record is gone.
  if (isCleared || isSavedByApp) return undefined;
  if (writes === 'set' || isRotated) return true;
  // `session.modified = True` may stand anywhere.
  return writes === 'none' && !isMarked && reasonOf(facts) !== 'modified' ? false : undefined;
}

const isSaveEvery = ({ settings }: Case): boolean =>
  (settings['SESSION_SAVE_EVERY_REQUEST'] ?? settings['saveEveryRequest']) === true;

/** Saved in place of a record that is not there: what decided stands on the record's outcome. */
const isNotAsked = ({ facts }: Case) => NOT_ASKED.has(reasonOf(facts)) && facts.verdict.record.outcome !== 'saved';
const isWithoutRecord = ({ sends }: Input) => sends === 'none' || sends === 'missing';

const isUnsure = ({ facts, isDeletedMeanwhile }: Case) =>
  UNSURE.has(reasonOf(facts)) || isDeletedMeanwhile || NOT_ASKED.has(reasonOf(facts));

/** Of what the request brought; had it brought another cookie, or none, another thing might have decided. */
const ifAsRecorded = ({ input }: Case): 'recorded' | 'unknown' =>
  input.sends === 'as-recorded' ? 'recorded' : 'unknown';

/** No server error has its session saved. */
const SERVER_ERROR = {
  rule: 'server-error',
  outcome: ifAsRecorded,
  when: ({ facts }: Case) => facts.isServerError,
  text: 'The response is a server error: Django saves no session with it and sets no cookie, whatever the settings are.',
};

const NOT_ASKED_ROW = {
  rule: 'not-asked',
  outcome: ifAsRecorded,
  when: isNotAsked,
  text: 'There is no session to save, or none that the settings are asked about.',
};

const UNSURE_ROW = {
  rule: 'store-decides',
  outcome: 'unknown' as const,
  when: isUnsure,
  text: 'The store, the app or another request decided here: what would have come of it is not recorded.',
};

const NOT_KNOWN_ROW = {
  rule: 'content-not-known',
  outcome: 'unknown' as const,
  when: ({ isModified }: Case) => isModified === undefined,
  text: 'Whether the app would have changed the session is not recorded.',
};

export const DJANGO_RECORD: readonly Row<RecordOutcome>[] = [
  SERVER_ERROR,
  NOT_ASKED_ROW,
  UNSURE_ROW,
  NOT_KNOWN_ROW,
  {
    rule: 'modified',
    outcome: 'saved',
    when: ({ isModified }) => isModified === true,
    text: 'The session was modified, and a modified session is saved whatever the settings are.',
  },
  {
    rule: 'no-session',
    outcome: 'recorded',
    when: ({ facts, input }) => facts.session === undefined && facts.sent === undefined && input.sends !== 'found',
    text: 'There is no session: an empty one without a key is not saved, whatever the settings are.',
  },
  {
    rule: 'no-record',
    outcome: ({ input, facts }) => (input.sends === 'none' ? 'none' : facts.load === undefined ? 'unknown' : 'missing'),
    when: ({ input, facts }) => isWithoutRecord(input) && !facts.isSavedByApp,
    text: 'Its record would not have been there: the session starts empty, and an empty one without a key is not saved.',
  },
  {
    rule: 'save-every-request',
    outcome: ({ isAlive }) => (isAlive === true ? 'saved' : 'unknown'),
    when: isSaveEvery,
    text: 'Every request saves the session, changed or not, if its record is there.',
    setting: 'save-every',
  },
  {
    rule: 'app-saved',
    outcome: 'saved',
    when: ({ facts }) => facts.isSavedByApp,
    text: 'The app called save(), which saves whatever the settings are.',
  },
  {
    rule: 'nested-change',
    outcome: 'not-saved',
    when: ({ facts }) => facts.hasNestedChange,
    text: 'What lies inside a value was changed, which does not mark the session as modified: it is not saved.',
    setting: 'save-every',
  },
  {
    rule: 'not-modified',
    outcome: 'unchanged',
    when: always,
    text: 'The session was not modified, so it is not saved.',
    setting: 'save-every',
  },
];

export const DJANGO_COOKIE: readonly Row<CookieOutcome>[] = [
  SERVER_ERROR,
  NOT_ASKED_ROW,
  UNSURE_ROW,
  {
    rule: 'app-set',
    outcome: 'unknown',
    when: ({ facts: { verdict } }) => ['app-set', 'app-deleted', 'removed'].includes(verdict.cookie.reason),
    text: 'Other code decided about the cookie here: what it would have done is not recorded.',
  },
  NOT_KNOWN_ROW,
  {
    rule: 'modified',
    outcome: 'set',
    when: ({ isModified }) => isModified === true,
    text: 'The session was modified, so it is saved and its cookie is sent.',
  },
  {
    rule: 'no-session',
    outcome: 'recorded',
    when: ({ facts, input }) => facts.session === undefined && facts.sent === undefined && input.sends !== 'found',
    text: 'There is no session to name.',
  },
  {
    rule: 'no-record',
    outcome: ({ input, facts }) => (input.sends === 'none' ? 'none' : facts.load === undefined ? 'unknown' : 'expired'),
    when: ({ input, facts }) => isWithoutRecord(input) && !facts.isSavedByApp,
    text: 'Its record would not have been there: the response drops the cookie of an empty session.',
  },
  {
    rule: 'save-every-request',
    outcome: ({ isAlive }) => (isAlive === true ? 'set' : 'unknown'),
    when: isSaveEvery,
    text: 'Every request saves the session, and with it the cookie is sent.',
    setting: 'save-every',
  },
  {
    rule: 'not-modified',
    outcome: 'none',
    when: always,
    text: 'The session was not modified: its cookie is sent only where it is saved.',
    setting: 'save-every',
  },
];
