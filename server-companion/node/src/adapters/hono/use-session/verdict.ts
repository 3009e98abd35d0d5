/** Why @hono/session stored its session or not, and set its cookie: its own rules, over what it did. */
import type { Verdict } from '../../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../../kit/app-saved-exchange.ts';
import { ABORTED_COOKIE, CLEARED, notSerializable, responsePending } from '../../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../../kit/verdict/table.ts';
import type { StoreKind } from './library.ts';

/** Why a save failed. */
export type Failure = 'store-error' | 'not-serializable' | 'too-long' | 'save-failed';

export interface Facts extends AppSavedFacts<Failure> {
  readonly kind: StoreKind;
  /** The library has passed the request on to the app. */
  readonly isBegun: boolean;
  /** How the cookie that was sent was taken, as `get` or `update` asked; `undefined`: none was sent, or nobody asked. */
  load: 'found' | 'refreshed' | 'expired' | 'missing' | 'invalid' | 'malformed' | undefined;
  /** A session that had ended was replaced by a new one. */
  isReplaced: boolean;
  /** What a later `get` or `update` has undone. */
  dropped: 'update' | 'delete' | undefined;
  /** `delete` was called before the library had loaded the session: it did not know the record. */
  isRecordLeft: boolean;
  /** The storage answered after the response's head had left. */
  isStoredLate: boolean;
  /** The library has set its cookie. */
  isProduced: boolean;
  /** What the storage or the library failed with last. */
  error: { readonly call: string; readonly error: { name: string; message: string } } | undefined;
}

const words = ({ error }: Facts): string =>
  error === undefined ? 'an error' : `${error.call}: ${error.error.name}: ${error.error.message.slice(0, 800)}`;
const isSaved = ({ saved }: Facts): boolean => saved === 'done';
const isReplacing = (facts: Facts): boolean => isSaved(facts) && facts.isNew;

const FIRST = [
  responsePending(
    'The connection closed, and the app has not ended the response yet, or the storage has not answered.',
  ),
] as const satisfies readonly VerdictRow<Facts, 'pending'>[];

const FAILED = [
  notSerializable('The session holds a value that JSON cannot, so it could not be encrypted.'),
  {
    reason: 'too-long',
    when: ({ failure }) => failure === 'too-long',
    text: 'Hono refuses a cookie that is to be kept for more than 400 days, so the request ended with an error.',
    fix: 'Keep duration.absolute to at most 34560000 seconds.',
  },
  {
    reason: 'begin-failed',
    when: ({ isBegun }) => !isBegun,
    text: (facts) => `@hono/session threw before it passed the request on: ${words(facts)}.`,
    fix: 'A missing secret is the usual cause: AUTH_SECRET, or the option secret.',
  },
  {
    reason: 'store-error',
    when: ({ error }) => error !== undefined && error.call.startsWith('storage.'),
    text: (facts) => `The storage failed on ${words(facts)}.`,
    fix: 'An error of storage.get reaches your handler. storage.set is not awaited: a promise that it rejects ends the process, unless the storage catches it.',
  },
  {
    reason: 'save-failed',
    when: ({ error }) => error !== undefined,
    text: (facts) => `@hono/session failed as it stored the session: ${words(facts)}.`,
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const ABORTED = {
  ...ABORTED_COOKIE,
  when: ({ kind, saved, isHeadSent }: Facts) => kind === 'cookie' && saved === 'done' && !isHeadSent,
} as const;

const DROPPED = {
  reason: 'dropped',
  when: ({ dropped }: Facts) => dropped === 'update',
  text: 'What an earlier update() of this request wrote was dropped: get() and update() read the request’s cookie again, which does not hold it yet.',
  fix: 'Call update() once for each request, or last; read session.data, which asks nobody.',
} as const;

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  ...FAILED.map((row): RecordRow<Facts> => ({ ...row, outcome: 'failed' })),
  { ...ABORTED, outcome: 'not-saved' },
  {
    reason: 'record-left',
    outcome: 'not-saved',
    when: ({ isDestroyed, isRecordLeft }) => isDestroyed && isRecordLeft,
    text: 'The app called delete() before get(): the library did not know the ID yet, so the record stays in the storage, and the browser alone loses its cookie. A copy of the cookie stays valid.',
    fix: 'await session.get() before session.delete().',
  },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed }) => isDestroyed,
    text: ({ kind }) =>
      kind === 'cookie'
        ? 'The app called delete(), so the response tells the browser to drop the cookie. A copy of it stays valid: there is no record that could be deleted.'
        : 'The app called delete(), so the storage was asked to delete the record; the library does not wait for it.',
  },
  {
    reason: 'delete-undone',
    outcome: 'not-saved',
    when: ({ dropped }) => dropped === 'delete',
    text: 'The app called delete(), and get() or update() after it: that takes the session of the request’s cookie up again, and nothing is deleted.',
    fix: 'Call delete() last.',
  },
  { ...DROPPED, outcome: ({ saved }) => (saved === 'done' ? 'saved' : 'not-saved') },
  {
    reason: 'changed-after-save',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isUnsaved,
    text: 'The session was stored, and it was changed once more after the handler had ended: the later change is lost.',
    fix: 'Change the session before the handler returns its response; a stream runs on after that.',
  },
  {
    reason: 'expired-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && facts.load === 'expired',
    text: 'The session had ended, so a new one was begun.',
    setting: 'duration',
  },
  {
    reason: 'missing-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && facts.load === 'missing',
    text: 'The storage has no record of the ID in the cookie, so a new session was stored under a new ID.',
  },
  {
    reason: 'refused-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && (facts.load === 'invalid' || facts.load === 'malformed'),
    text: 'The cookie could not be opened with this secret: @hono/session prints that to the console and begins a new session.',
    setting: 'secret',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: isReplacing,
    text: 'A new session. Where the cookie is the record, the first get() makes one, with nothing in it.',
  },
  {
    reason: 'stored-late',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isStoredLate,
    text: 'The storage answered after the response had left: @hono/session does not wait for storage.set. A request that follows at once may get what was there before.',
    fix: 'A storage that keeps its own pending writes, and waits for them in get.',
  },
  {
    reason: 'refreshed',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.load === 'refreshed',
    text: 'The session had ended, and the function that get() was given renewed it.',
  },
  { reason: 'updated', outcome: 'saved', when: isSaved, text: 'The app called update().' },
  {
    reason: 'too-late',
    outcome: 'not-saved',
    when: ({ isUnsaved, isLate }) => isUnsaved && isLate,
    text: 'The session was changed after the handler had ended, and @hono/session stores it then.',
    fix: 'Change the session before the handler returns its response; a stream runs on after that.',
  },
  {
    reason: 'update-not-called',
    outcome: 'not-saved',
    when: ({ isUnsaved }) => isUnsaved,
    text: ({ kind }) =>
      `The session’s data were changed, and update() was not called: nothing else is stored.${kind === 'id' ? ' A storage of this process that gives its own objects holds the change anyway.' : ''}`,
    fix: 'await session.update({ …data });',
  },
  {
    reason: 'expired',
    outcome: 'none',
    when: ({ isNew, isProduced, load }) => isNew && isProduced && load === 'expired',
    text: 'The session had ended, so get() gave null and a new ID. There are no data to store yet, and the old record stays in the storage.',
    setting: 'duration',
    fix: 'A storage that drops what is old; or session.delete() once session.get() has loaded it.',
  },
  {
    reason: 'nothing-to-store',
    outcome: 'none',
    when: ({ isNew, isOpened, isProduced }) => isOpened && isNew && isProduced,
    text: 'get() gave a new ID, and there are no data to store: the cookie names nothing, so the next request gets another ID.',
  },
  {
    reason: 'not-asked',
    outcome: 'unchanged',
    when: ({ isOpened }) => !isOpened,
    text: 'The app did not ask for the session, so the cookie was not even opened.',
  },
  { reason: 'unmodified', outcome: 'unchanged', when: always, text: 'The session was read and not changed.' },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...ABORTED, outcome: 'not-set', due: true },
  { ...CLEARED, when: ({ isDestroyed, setCookie }) => isDestroyed && setCookie !== undefined },
  {
    reason: 'sealed',
    outcome: 'set',
    when: ({ kind, setCookie }) => kind === 'cookie' && setCookie !== undefined,
    text: 'The cookie holds the session, so a session that is stored is a new cookie.',
  },
  {
    reason: 'named',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The cookie names the record.',
  },
  ...FAILED.map((row): CookieRow<Facts> => ({ ...row, outcome: 'not-set', due: true })),
  {
    reason: 'cookie-removed',
    outcome: 'not-set',
    due: true,
    when: ({ isProduced, isDestroyed }) => isProduced || isDestroyed,
    text: '@hono/session set its cookie, and the response that left does not carry it: code after it removed Set-Cookie, or the client had gone.',
    fix: "Add cookies with setCookie(c, …); c.header('Set-Cookie', …) without append takes them off.",
  },
  {
    reason: 'end-stays',
    outcome: 'none',
    when: ({ kind, saved }) => kind === 'id' && saved === 'done',
    text: 'The storage was written, and the browser keeps its cookie: with a storage its end does not move, whatever duration.inactivity says.',
    setting: 'duration.inactivity',
  },
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'Nothing was stored: the browser keeps the cookie that it has.',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
