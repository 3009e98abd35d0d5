/**
 * express-session under other settings: its README (`resave`, `rolling`, `saveUninitialized`, `cookie.maxAge`) and its
 * `shouldSave`, `shouldTouch` and `shouldSetCookie`, 1.18 and 1.19, over recorded facts.
 */
import type { Facts } from './facts.ts';
import type { Case, CookieOutcome, RecordOutcome, Row } from './rows.ts';
import { always } from './rows.ts';

/** What the recording says decided, and the settings are not asked. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  'store-disconnected',
  'path-mismatch',
  'failed',
  'load-failed',
  'unreadable',
  'session-replaced',
  'end-failed',
  'no-session',
  'bogus-key',
  'no-response',
  'unset',
  'destroyed',
]);

/** What the store did is no word on what it would have done. */
const UNSURE: ReadonlySet<string> = new Set([
  'load-pending',
  'response-pending',
  'store-pending',
  'store-error',
  'saved-expired',
  'gone',
  'deleted-meanwhile',
  'unsaved',
]);

const IS_MODIFIED: Readonly<Record<string, boolean>> = {
  modified: true,
  'new-session': true,
  resave: false,
  'save-uninitialized': false,
  unmodified: false,
  'touch-disabled': false,
  uninitialized: false,
  missing: false,
  expired: false,
};

const reasonOf = ({ verdict }: Facts) => verdict.record.reason;

/** By its own comparison of the session with what it loaded; `undefined`: the recording does not say. */
export function isModifiedBy(facts: Facts): boolean | undefined {
  // To express-session another session than the one it began with has changed.
  if (facts.isRotated) return true;
  const known = IS_MODIFIED[reasonOf(facts)];
  if (known !== undefined) return known;
  if (facts.writes === 'none' && !facts.hasNestedChange) return false;
  const { reason } = facts.verdict.cookie;
  if (reason === 'modified') return true;
  return reason === 'uninitialized' ? false : undefined;
}

/** Of another content than the recorded one: what only reads changes nothing. */
export const isModifiedElsewhere = ({ writes, hasNestedChange, isRotated }: Facts): boolean | undefined =>
  isRotated ? true : writes === 'none' && !hasNestedChange ? false : undefined;

const isNotAsked = ({ facts }: Case) => NOT_ASKED.has(reasonOf(facts));
const isUnsure = ({ facts }: Case) => UNSURE.has(reasonOf(facts));

/** What came of a load that would not have been made is not known. */
const ifNotOfLoad = ({ facts, input }: Case): 'recorded' | 'unknown' =>
  OF_LOAD.has(reasonOf(facts)) && input.sends !== 'as-recorded' ? 'unknown' : 'recorded';
const OF_LOAD: ReadonlySet<string> = new Set(['load-failed', 'unreadable', 'failed']);

/** Nothing is written: whether the store is asked to reset the record's end. */
const unwritten = ({ touches, isDeletedMeanwhile }: Case): RecordOutcome | 'unknown' =>
  touches === undefined || (touches && isDeletedMeanwhile) ? 'unknown' : touches ? 'touched' : 'unchanged';

export const EXPRESS_RECORD: readonly Row<RecordOutcome>[] = [
  {
    rule: 'not-asked',
    outcome: ifNotOfLoad,
    when: isNotAsked,
    text: 'None of these settings is asked here.',
  },
  {
    rule: 'store-decides',
    outcome: 'unknown',
    when: isUnsure,
    text: 'The store, or another request, decided here: what it would have done is not recorded.',
  },
  {
    rule: 'app-saved',
    outcome: 'saved',
    when: ({ facts }) => reasonOf(facts) === 'app-saved',
    text: 'The app called save(), which saves whatever the settings are.',
  },
  {
    rule: 'content-not-known',
    outcome: 'unknown',
    when: ({ isModified }) => isModified === undefined,
    text: 'Whether the app would have changed the session is not recorded: it would have found another content in it.',
  },
  {
    rule: 'modified',
    outcome: 'saved',
    when: ({ isModified }) => isModified === true,
    text: 'The session changed, and a session that changed is saved whatever the settings are.',
  },
  {
    rule: 'save-uninitialized',
    outcome: 'saved',
    when: ({ isNewKey, settings }) => isNewKey && settings['saveUninitialized'] === true,
    text: 'A new session is saved, although nothing was written to it.',
    setting: 'saveUninitialized',
  },
  {
    rule: 'uninitialized',
    outcome: ({ input, facts }) => {
      const isMissing = input.sends === 'missing' || (input.sends === 'as-recorded' && facts.sent !== undefined);
      return isMissing ? 'missing' : 'none';
    },
    when: ({ isNewKey }) => isNewKey,
    text: 'A new session that nothing was written to is not saved.',
    setting: 'saveUninitialized',
  },
  {
    rule: 'resave',
    outcome: 'saved',
    when: ({ settings }) => settings['resave'] === true,
    text: 'The session did not change, and it is written again.',
    setting: 'resave',
  },
  {
    rule: 'unmodified',
    outcome: unwritten,
    when: always,
    text: "The session did not change, so it is not written again: at most the store is asked to reset the record's end.",
    setting: 'resave',
  },
];

/** A cookie that is due is set as the recorded one was; where none was due, nothing shows that it could be. */
function due({ facts }: Case): CookieOutcome | 'unknown' | 'recorded' {
  const { outcome, due: wasDue } = facts.verdict.cookie;
  if (outcome === 'set' || wasDue === true) return 'recorded';
  if (facts.isAborted || facts.isLate) return 'unknown';
  const isSecure =
    facts.exchange.life.started?.middlewares[facts.exchange.started.middleware]?.settings['cookie.secure'];
  if (isSecure === undefined || isSecure === 'false' || facts.exchange.started.protocol === 'https') return 'set';
  return 'unknown';
}

export const EXPRESS_COOKIE: readonly Row<CookieOutcome>[] = [
  {
    rule: 'not-asked',
    outcome: ifNotOfLoad,
    when: isNotAsked,
    text: 'None of these settings is asked here.',
  },
  {
    rule: 'app-set',
    outcome: 'unknown',
    when: ({ facts: { verdict, isLate, isAborted } }) =>
      ['app-set', 'cleared', 'removed', 'load-pending'].includes(verdict.cookie.reason) || isLate || isAborted,
    text: 'The app, or the end of the connection, decided here: what would have come of it is not recorded.',
  },
  {
    rule: 'new-key',
    outcome: due,
    when: ({ isNewKey, isModified, settings }) =>
      isNewKey && (isModified === true || settings['saveUninitialized'] === true),
    text: 'The session has a key that the browser does not know yet.',
  },
  {
    rule: 'rolling',
    outcome: due,
    when: ({ isNewKey, settings }) => !isNewKey && settings['rolling'] === true,
    text: 'Every response sends the cookie again.',
    setting: 'rolling',
  },
  {
    rule: 'content-not-known',
    outcome: 'unknown',
    when: ({ isModified, isNewKey, hasExpiry }) =>
      isModified === undefined ? isNewKey || hasExpiry !== false : isModified && !isNewKey && hasExpiry === undefined,
    text: 'Whether the app would have changed the session, or when it ends, is not recorded.',
  },
  {
    rule: 'modified',
    outcome: due,
    when: ({ isModified, isNewKey, hasExpiry }) => !isNewKey && isModified === true && hasExpiry === true,
    text: 'The session changed and its cookie has an end, so the cookie is sent again with a new one.',
    setting: 'cookie.maxAge',
  },
  {
    rule: 'uninitialized',
    outcome: 'none',
    when: ({ isNewKey }) => isNewKey,
    text: 'A new session that nothing was written to gets no cookie.',
    setting: 'saveUninitialized',
  },
  {
    rule: 'kept',
    outcome: 'none',
    when: always,
    text: 'The browser has this cookie already, and it is not sent again.',
    setting: 'rolling',
  },
];
