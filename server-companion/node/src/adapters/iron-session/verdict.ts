/** Why iron-session set its cookie or not: its own rules, over what the app did. The cookie is the record. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import {
  ABORTED_COOKIE,
  CLEARED,
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
import type { Seal } from '../../kit/iron-seal.ts';

/** Why a save threw. */
export type Failure =
  | 'cookie-too-large'
  | 'not-serializable'
  | 'too-late'
  | 'destroyed'
  | 'read-only-cookies'
  | 'error';

export interface Facts extends AppSavedFacts<Failure> {
  /** How the library took the cookie that was sent; `undefined`: none was. */
  readonly sent: Seal['outcome'] | undefined;
}

const isDue = ({ saved, isDestroyed }: Facts): boolean => saved === 'done' || isDestroyed;

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response or a save yet.'),
  {
    reason: 'not-accessed',
    outcome: 'none',
    when: ({ isOpened }) => !isOpened,
    text: 'The app did not call getIronSession, so nothing was done.',
  },
] as const satisfies readonly VerdictRow<Facts, 'pending' | 'none'>[];

/** Why what the app wanted in the cookie is not in it; what holds of the cookie holds of the record. */
const LOST = [
  { ...ABORTED_COOKIE, when: (facts) => (isDue(facts) || facts.isUnsaved) && !facts.isHeadSent },
  {
    reason: 'too-late',
    when: ({ failure, isLate, setCookie }) => failure === 'too-late' || (isLate && setCookie === undefined),
    text: ({ failure }) =>
      failure === 'too-late'
        ? 'save() was called after the response headers had been sent, and the session is a cookie in them.'
        : 'The session was changed after the response headers had been sent, and it is a cookie in them.',
    fix: 'Change and save the session before the first byte of the response: await session.save() stands before res.send or the return.',
  },
  {
    reason: 'cookie-too-large',
    when: ({ failure }) => failure === 'cookie-too-large',
    text: 'save() was refused: sealed, the session is larger than the cookies that may hold it.',
    fix: 'Keep an id in the session and the data in a database. chunk: true (iron-session 9) splits a session over up to four cookies.',
  },
  notSerializable('save() was refused: the session holds a value that JSON cannot.'),
  {
    reason: 'destroyed',
    when: ({ failure }) => failure === 'destroyed',
    text: 'save() was refused: this session was destroyed before, and data was written into it again.',
    fix: 'Call getIronSession again for a session that may be saved.',
  },
  {
    reason: 'read-only-cookies',
    when: ({ failure }) => failure === 'read-only-cookies',
    text: 'save() was refused: Next.js lets a page or layout read cookies only.',
    fix: 'Save in a Server Action, a Route Handler or proxy.ts.',
  },
  {
    reason: 'save-failed',
    when: ({ failure, saved }) => saved === 'failed' && failure === 'error',
    text: 'save() threw an error, which stands with the operation.',
  },
  {
    reason: 'header-not-returned',
    when: (facts) => isDue(facts) && facts.setCookie === undefined,
    text: ({ isDestroyed }) =>
      `${isDestroyed ? 'destroy()' : 'save()'} wrote its Set-Cookie, and the response that left does not carry it: it was another response, or its headers were not returned.`,
    fix: 'Return the response, or the headers, that getIronSession was given.',
  },
  {
    reason: 'save-not-called',
    when: ({ isUnsaved, isDestroyed, saved }) => isUnsaved && !isDestroyed && saved === undefined,
    text: 'The session was changed and save() was not called: iron-session saves nothing by itself.',
    fix: 'await session.save();',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const FAILED = new Set(['cookie-too-large', 'not-serializable', 'destroyed', 'read-only-cookies', 'save-failed']);

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  ...LOST.map((row): RecordRow<Facts> => ({ ...row, outcome: FAILED.has(row.reason) ? 'failed' : 'not-saved' })),
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed, saved }) => isDestroyed && saved !== 'done',
    text: ({ isUnsaved }) =>
      `The app called destroy(), so the response tells the browser to drop the cookie. A copy of it stays valid until its seal ends: there is no record that could be deleted.${isUnsaved ? ' What was written after destroy() is lost.' : ''}`,
  },
  {
    reason: 'changed-after-save',
    outcome: 'saved',
    when: ({ saved, isUnsaved }) => saved === 'done' && isUnsaved,
    text: 'save() sealed the session, and it was changed once more after that: the later change is lost.',
    fix: 'Call await session.save() after the last change.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: ({ saved, isNew }) => saved === 'done' && isNew,
    text: 'A new session was saved.',
  },
  {
    reason: 'save-called',
    outcome: 'saved',
    when: ({ saved }) => saved === 'done',
    text: 'The app called save(): each call seals the session again, changed or not.',
  },
  {
    reason: 'expired',
    outcome: 'missing',
    when: ({ sent }) => sent === 'expired',
    text: 'The seal in the cookie has ended, so the session began empty.',
    setting: 'ttl',
  },
  {
    reason: 'unknown-password',
    outcome: 'missing',
    when: ({ sent }) => sent === 'unknown-password',
    text: 'The cookie was sealed with a password whose number is not among these, so the session began empty.',
    setting: 'password',
    fix: 'Keep the old password under its number while cookies of it are about: password: { 2: new, 1: old }.',
  },
  {
    reason: 'tampered',
    outcome: 'missing',
    when: ({ sent }) => sent === 'tampered',
    text: 'The seal of the cookie does not fit the password: it was made with another one, or changed. The session began empty.',
    setting: 'password',
  },
  {
    reason: 'malformed',
    outcome: 'missing',
    when: ({ sent }) => sent === 'malformed',
    text: 'The cookie is no seal of iron-session, so the session began empty.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'A new session with nothing in it, which nobody saved.',
  },
  READ_ONLY,
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  ...LOST.filter(({ reason }) => reason === 'aborted' || reason === 'header-not-returned').map(
    (row): CookieRow<Facts> => ({ ...row, outcome: 'not-set', due: true }),
  ),
  {
    ...CLEARED,
    when: ({ isDestroyed, saved, setCookie }) => isDestroyed && saved !== 'done' && setCookie !== undefined,
  },
  {
    reason: 'save-called',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The cookie holds the session, so a saved session is a new cookie.',
  },
  ...LOST.filter(({ reason }) => reason !== 'aborted' && reason !== 'header-not-returned').map(
    (row): CookieRow<Facts> => ({
      ...row,
      outcome: 'not-set',
      // What the app did not ask for was not due.
      due: () => row.reason !== 'save-not-called',
    }),
  ),
  NOTHING_TO_KEEP,
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'save() was not called: the browser keeps the cookie that it has, and its end does not move.',
    fix: 'Where it should move with each visit, call await session.save() in each request.',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
