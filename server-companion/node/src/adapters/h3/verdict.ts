/** Why h3 set its cookie or not: its own rules, over what the app did. The cookie is the record. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import {
  ABORTED_COOKIE,
  NOTHING_TO_KEEP,
  notSerializable,
  READ_ONLY,
  responsePending,
} from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';
import type { Taken } from './library.ts';

/** Why a seal could not be made or set. */
export type Failure = 'cookie-too-large' | 'not-serializable' | 'too-late' | 'password-refused' | 'error';

/** What was done in a request, beside what each such library does. */
export interface Did {
  /** Nobody but the library saved: why it did. */
  byLibrary: 'new-session' | 'resealed' | undefined;
  /** The app cleared the session, and a later call of the same request opened the request's cookie again. */
  isRestored: boolean;
  /** The app has a seal from `sealSession`. */
  isSealed: boolean;
  /** The app has set `cookie: false`. */
  isCookieOff: boolean;
  /** A save ended after the response headers had been sent. */
  isLateSave: boolean;
}

/** `isDestroyed`: the app cleared the session, and nothing was saved after that. */
export interface Facts extends AppSavedFacts<Failure>, Readonly<Did> {
  /** How h3 took the seal that was sent; `undefined`: none was. */
  readonly sent: Taken | undefined;
}

const isDue = ({ saved, isDestroyed, isCookieOff }: Facts): boolean =>
  !isCookieOff && (saved === 'done' || isDestroyed);
/** The app itself has saved. */
const isUpdated = ({ saved, byLibrary }: Facts): boolean => saved === 'done' && byLibrary === undefined;

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response or an update yet.'),
  {
    reason: 'not-accessed',
    outcome: 'none',
    when: ({ isOpened, isDestroyed }) => !isOpened && !isDestroyed,
    text: 'The app asked for no session of h3, so nothing was done.',
  },
] as const satisfies readonly VerdictRow<Facts, 'pending' | 'none'>[];

const COOKIE_OFF = {
  reason: 'cookie-off',
  text: 'The app has set cookie: false, so an update changes the session in memory only.',
  setting: 'cookie: false',
  fix: 'Send what sealSession(event, config) gives, and have the client send it back in the session header.',
} as const;

/** Why what the app wanted in the cookie is not in it; what holds of the cookie holds of the record. */
const LOST = [
  { ...ABORTED_COOKIE, when: (facts) => (isDue(facts) || facts.isUnsaved) && !facts.isHeadSent },
  {
    reason: 'too-late',
    when: ({ failure, isLate, isLateSave, setCookie }) =>
      failure === 'too-late' || ((isLate || isLateSave) && setCookie === undefined),
    text: ({ failure, isLateSave }) =>
      failure === 'too-late' || isLateSave
        ? 'update() was called after the response headers had been sent, and the session is a cookie in them.'
        : 'The session was changed after the response headers had been sent, and it is a cookie in them.',
    fix: 'Update the session before the first byte of the response: await session.update(…) stands before the return.',
  },
  {
    reason: 'cookie-too-large',
    when: ({ failure }) => failure === 'cookie-too-large',
    text: 'The session could not be saved: sealed, the session needs more cookies than h3 splits it into.',
    fix: 'Keep an id in the session and the data in a database.',
  },
  notSerializable('The session could not be saved: it holds a value that JSON cannot.'),
  {
    reason: 'password-refused',
    when: ({ failure }) => failure === 'password-refused',
    text: 'The session could not be sealed: its password has fewer than 32 characters.',
    setting: 'password',
    fix: 'Set a random password of 32 characters or more.',
  },
  {
    reason: 'save-failed',
    when: ({ failure, saved }) => saved === 'failed' && failure === 'error',
    text: 'h3 threw an error as it was to save the session; it stands with the operation.',
  },
  {
    reason: 'header-not-returned',
    when: (facts) => isDue(facts) && facts.setCookie === undefined,
    text: ({ isDestroyed }) =>
      `${isDestroyed ? 'clear()' : 'h3'} wrote its Set-Cookie, and the response that left does not carry it: something removed the header, or another response was sent.`,
    fix: 'Set no other Set-Cookie over it, and return the response of this event.',
  },
  {
    reason: 'update-not-called',
    when: (facts) => facts.isUnsaved && !facts.isDestroyed && !facts.isCookieOff && !isUpdated(facts),
    text: 'session.data was changed and update() was not called: h3 saves nothing by itself but a new session as it begins.',
    fix: 'await session.update({ … });',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const FAILED = new Set(['cookie-too-large', 'not-serializable', 'password-refused', 'save-failed']);

/** What was sent was not taken, and nobody but h3 has saved since. */
const isRefusedAs =
  (taken: Taken) =>
  (facts: Facts): boolean =>
    facts.isNew && facts.sent === taken && !isUpdated(facts);

const replaced = ({ saved }: Facts) =>
  saved === 'done'
    ? ' h3 says nothing of it: it began an empty session and set its cookie.'
    : ' The session began empty.';

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  ...LOST.map((row): RecordRow<Facts> => ({ ...row, outcome: FAILED.has(row.reason) ? 'failed' : 'not-saved' })),
  { ...COOKIE_OFF, outcome: 'not-saved', when: ({ isCookieOff, isUnsaved }) => isCookieOff && isUnsaved },
  {
    reason: 'cleared',
    outcome: 'deleted',
    when: ({ isDestroyed }) => isDestroyed,
    text: 'The app called clear(). A copy of the cookie stays valid until its seal ends: there is no record that could be deleted.',
  },
  {
    reason: 'restored-after-clear',
    outcome: 'saved',
    when: (facts) => facts.isRestored && isUpdated(facts),
    text: "The app called clear(), and a later call of the same request opened the request's cookie again: what the session held before is in the new cookie.",
    fix: 'Do not use the session again in a request that cleared it; to replace it, write over each key that was there.',
  },
  {
    reason: 'changed-after-update',
    outcome: 'saved',
    when: (facts) => isUpdated(facts) && facts.isUnsaved,
    text: 'update() sealed the session, and session.data was changed once more after that: the later change is lost.',
    fix: 'Call await session.update() after the last change.',
  },
  {
    reason: 'expired',
    outcome: ({ saved }) => (saved === 'done' ? 'saved' : 'missing'),
    when: isRefusedAs('expired'),
    text: (facts) => `The session that was sent has ended.${replaced(facts)}`,
    setting: 'maxAge',
  },
  {
    reason: 'tampered',
    outcome: ({ saved }) => (saved === 'done' ? 'saved' : 'missing'),
    when: isRefusedAs('tampered'),
    text: (facts) =>
      `The seal that was sent does not fit the password: it was made with another one, or changed.${replaced(facts)}`,
    setting: 'password',
  },
  {
    reason: 'malformed',
    outcome: ({ saved }) => (saved === 'done' ? 'saved' : 'missing'),
    when: isRefusedAs('malformed'),
    text: (facts) => `What was sent is no session of h3.${replaced(facts)}`,
  },
  {
    reason: 'begun-and-saved',
    outcome: 'saved',
    when: ({ byLibrary }) => byLibrary === 'new-session',
    text: 'h3 saved a new session as it began, with nothing in it: each visitor who has none gets one.',
    fix: 'Where only an existing session is wanted, ask for none without a cookie. In h3 2 getSession begins none.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: ({ saved, isNew }) => saved === 'done' && isNew,
    text: 'A new session was saved.',
  },
  {
    reason: 'resealed',
    outcome: 'saved',
    when: ({ byLibrary }) => byLibrary === 'resealed',
    text: 'h3 sealed the session again as it was loaded: half of its idle time had passed, or its seal was of an older kind.',
    setting: 'idleTimeout',
  },
  {
    reason: 'updated',
    outcome: 'saved',
    when: ({ saved }) => saved === 'done',
    text: 'The app called update(): each call seals the session again, changed or not.',
  },
  {
    reason: 'sealed',
    outcome: 'saved',
    when: ({ isSealed }) => isSealed,
    text: 'The app called sealSession(): the session is in the seal that it gave.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'A new session with nothing in it, which nobody saved.',
  },
  READ_ONLY,
];

const UNSENT = new Set(['aborted', 'header-not-returned']);

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  ...LOST.filter(({ reason }) => UNSENT.has(reason)).map((row): CookieRow<Facts> => ({
    ...row,
    outcome: 'not-set',
    due: true,
  })),
  {
    reason: 'cleared',
    outcome: 'expired',
    when: ({ isDestroyed, setCookie }) => isDestroyed && setCookie !== undefined,
    text: ({ setCookie }) =>
      setCookie?.maxAge === 0
        ? 'The response tells the browser to drop the cookie.'
        : 'The response empties the cookie. h3 1 does not end it: the browser keeps an empty one.',
  },
  {
    reason: 'begun-and-saved',
    outcome: 'set',
    when: ({ setCookie, byLibrary }) => setCookie !== undefined && byLibrary === 'new-session',
    text: "h3 sets a new session's cookie at once, whether or not something is in it.",
  },
  {
    reason: 'resealed',
    outcome: 'set',
    when: ({ setCookie, byLibrary }) => setCookie !== undefined && byLibrary === 'resealed',
    text: 'h3 sealed the session again as it was loaded, and a seal is a new cookie.',
    setting: 'idleTimeout',
  },
  {
    reason: 'updated',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The cookie holds the session, so an update is a new cookie.',
  },
  ...LOST.filter(({ reason }) => !UNSENT.has(reason)).map((row): CookieRow<Facts> => ({
    ...row,
    outcome: 'not-set',
    // What the app did not ask for was not due.
    due: () => row.reason !== 'update-not-called',
  })),
  { ...COOKIE_OFF, outcome: 'none', when: ({ isCookieOff }) => isCookieOff },
  NOTHING_TO_KEEP,
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'Nothing was sealed: the browser keeps the cookie that it has, and its end does not move.',
    fix: 'Where it should move with each visit, set idleTimeout (h3 2), or call await session.update().',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
