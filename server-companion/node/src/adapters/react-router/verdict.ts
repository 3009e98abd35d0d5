/** Why React Router's session was saved or not: its own rules, over what the app did with it. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import {
  ABORTED_COOKIE,
  CLEARED,
  NOTHING_TO_KEEP,
  notSerializable,
  notSet,
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
import type { StorageKind, Taken } from './library.ts';

/** Why a commit threw. */
export type Failure = 'cookie-too-large' | 'not-serializable' | 'error';

export interface Facts extends AppSavedFacts<Failure> {
  readonly kind: StorageKind;
  /** How the library took the cookie that was sent; `undefined`: none was. */
  readonly sent: Taken | undefined;
  /** The cookie was taken, and the storage had no data under its ID. */
  readonly isMissing: boolean;
}

const isDue = ({ saved, isDestroyed }: Facts): boolean => saved === 'done' || isDestroyed;
const isSealed = ({ kind }: Facts): boolean => kind === 'cookie';
const isReturned = ({ setCookie }: Facts): boolean => setCookie !== undefined;

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response or a commit yet.'),
  {
    reason: 'not-accessed',
    outcome: 'none',
    when: ({ isOpened }) => !isOpened,
    text: 'The app did not call getSession, so nothing was done.',
  },
] as const satisfies readonly VerdictRow<Facts, 'pending' | 'none'>[];

/** A commit that threw. */
const FAILED = [
  {
    reason: 'cookie-too-large',
    when: ({ failure }) => failure === 'cookie-too-large',
    text: 'commitSession was refused: the cookie would be longer than the 4,096 bytes that browsers keep.',
    fix: 'Keep an ID in the cookie and the data in a storage: createSessionStorage, createFileSessionStorage.',
  },
  notSerializable('commitSession was refused: the session holds a value that JSON cannot.'),
  {
    reason: 'commit-failed',
    when: ({ saved }) => saved === 'failed',
    text: 'commitSession or destroySession threw an error, which stands with the operation.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const ABORTED = {
  ...ABORTED_COOKIE,
  when: (facts: Facts) => isSealed(facts) && (isDue(facts) || facts.isUnsaved) && !facts.isHeadSent,
} as const;

const NOT_RETURNED = {
  reason: 'header-not-returned',
  when: (facts: Facts) => isDue(facts) && !isReturned(facts),
  text: ({ isDestroyed, saved }: Facts) =>
    `${isDestroyed && saved !== 'done' ? 'destroySession' : 'commitSession'} returned its Set-Cookie, and the response that left does not carry it.`,
  fix: "Return it with the response: redirect('/', { headers: { 'Set-Cookie': await commitSession(session) } }).",
} as const;

const NOT_COMMITTED = {
  reason: 'not-committed',
  when: ({ isUnsaved, isDestroyed, saved }: Facts) => isUnsaved && !isDestroyed && saved === undefined,
  text: ({ isLate }: Facts) =>
    isLate
      ? 'The session was changed after the response headers had been sent.'
      : 'The session was changed and commitSession was not called: React Router saves nothing by itself. What get() took of flash() is still there too.',
  fix: "return data(…, { headers: { 'Set-Cookie': await commitSession(session) } });",
} as const;

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  { ...ABORTED, outcome: 'not-saved' },
  ...FAILED.map((row): RecordRow<Facts> => ({ ...row, outcome: 'failed' })),
  { ...NOT_RETURNED, outcome: 'not-saved', when: (facts) => isSealed(facts) && NOT_RETURNED.when(facts) },
  { ...NOT_COMMITTED, outcome: 'not-saved' },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed, saved }) => isDestroyed && saved !== 'done',
    text: ({ kind }) =>
      kind === 'cookie'
        ? 'The app called destroySession, so the response tells the browser to drop the cookie. A copy of it stays valid: there is no record that could be deleted.'
        : 'The app called destroySession, so the storage deleted the record.',
  },
  {
    reason: 'changed-after-commit',
    outcome: 'saved',
    when: ({ saved, isUnsaved }) => saved === 'done' && isUnsaved,
    text: 'commitSession saved the session, and it was changed once more after that: the later change is lost.',
    fix: 'Call commitSession after the last change.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: ({ saved, isNew }) => saved === 'done' && isNew,
    text: 'A new session was committed.',
  },
  {
    reason: 'committed',
    outcome: 'saved',
    when: ({ saved }) => saved === 'done',
    text: 'The app called commitSession: the session is saved with each call, changed or not.',
  },
  {
    reason: 'refused',
    outcome: 'missing',
    when: ({ sent }) => sent === 'refused',
    text: 'The cookie was signed with none of the secrets, or cannot be read, so the session began empty.',
    setting: 'secrets',
    fix: 'Keep an old secret behind the new one while cookies of it are about: secrets: [new, old].',
  },
  {
    reason: 'no-record',
    outcome: 'missing',
    when: ({ isMissing }) => isMissing,
    text: 'The storage has no data under the ID in the cookie: the record has ended, was deleted, or holds nothing.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'A new session with nothing in it, which nobody committed.',
  },
  READ_ONLY,
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...ABORTED, outcome: 'not-set', due: true },
  { ...NOT_RETURNED, outcome: 'not-set', due: true },
  { ...CLEARED, when: (facts) => facts.isDestroyed && facts.saved !== 'done' && isReturned(facts) },
  {
    reason: 'committed',
    outcome: 'set',
    when: isReturned,
    text: ({ kind }) =>
      kind === 'cookie'
        ? 'The cookie holds the session, so a committed session is a new cookie.'
        : 'The response sets the cookie that names the record.',
  },
  ...notSet<Facts>(FAILED),
  // What the app did not ask for was not due; after the head it could not have asked any more.
  { ...NOT_COMMITTED, outcome: 'not-set', due: ({ isLate }) => isLate },
  NOTHING_TO_KEEP,
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'commitSession was not called: the browser keeps the cookie that it has, and its end does not move.',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
