/** Why hono-sessions stored its session or not, and set its cookie: its own rules, over what it did. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import { ABORTED_COOKIE, notSet, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';
import type { StoreKind } from './library.ts';

/** Why a save failed. */
export type Failure = 'store-error';

export interface Facts extends AppSavedFacts<Failure> {
  readonly kind: StoreKind;
  /** `autoExtendExpiration`. */
  readonly autoExtends: boolean;
  /** How the load of what was sent went; `undefined`: nothing was. `ended`: what a logout had left. */
  readonly load: 'found' | 'missing' | 'expired' | 'invalid' | 'malformed' | 'ended' | 'error' | undefined;
  /** The content was another than the one that was loaded, as the store was asked. */
  readonly isModified: boolean;
  /** `session_key_rotation`. */
  readonly isRotated: boolean;
  /** What the store answered last with an error. */
  readonly error: { readonly call: string; readonly error: { name: string; message: string } } | undefined;
}

const words = ({ error }: Facts): string =>
  `${error!.call}: ${error!.error.name}: ${error!.error.message.slice(0, 800)}`;
const isSaved = ({ saved }: Facts): boolean => saved === 'done';
const isReplacing = (facts: Facts): boolean => isSaved(facts) && facts.isNew;

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response yet, or the store has not answered.'),
] as const satisfies readonly VerdictRow<Facts, 'pending'>[];

const FAILED = [
  {
    reason: 'store-error',
    when: ({ error, load }) => error !== undefined && load !== 'error',
    text: (facts) => `The store failed on ${words(facts)}.`,
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'begin-failed',
    when: ({ isOpened }) => !isOpened,
    text: 'hono-sessions threw before it passed the request on, so there was no session.',
    fix: 'An encryptionKey of fewer than 32 characters is the usual cause.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const ABORTED = {
  ...ABORTED_COOKIE,
  when: ({ kind, saved, isHeadSent }: Facts) => kind === 'cookie' && saved === 'done' && !isHeadSent,
} as const;

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  ...FAILED.map((row): RecordRow<Facts> => ({ ...row, outcome: 'failed' })),
  { ...ABORTED, outcome: 'not-saved' },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed }) => isDestroyed,
    text: ({ kind, isUnsaved }) =>
      `${
        kind === 'cookie'
          ? 'The app called deleteSession(), so the response sets a cookie with nothing in it. A copy of the old one stays valid: there is no record that could be deleted.'
          : 'The app called deleteSession(), so the store deleted the record. The browser keeps its cookie, which names nothing any more.'
      }${isUnsaved ? ' What was written in this request is lost with it.' : ''}`,
  },
  {
    reason: 'load-failed',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && facts.load === 'error',
    text: (facts) =>
      `The store failed on ${words(facts)}. hono-sessions caught that without a word and began a new session, whose cookie takes the place of the one that was sent.`,
    fix: 'Check that the store is reachable: each failed load logs its user out.',
  },
  {
    reason: 'changed-after-save',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isUnsaved,
    text: 'The session was stored, and it was changed once more after the handler had ended: the later change is lost.',
    fix: 'Change the session before the handler returns its response; a stream runs on after that.',
  },
  {
    reason: 'rotated',
    outcome: 'saved',
    when: ({ isRotated }) => isRotated,
    text: 'The app set session_key_rotation: the old record is deleted, and the session goes on under a new key.',
  },
  {
    reason: 'expired-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && facts.load === 'expired',
    text: 'The session had ended, so hono-sessions deleted it and stored a new one in its place.',
    setting: 'expireAfterSeconds',
  },
  {
    reason: 'missing-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && facts.load === 'missing',
    text: 'The store has no record of the cookie that was sent, so hono-sessions stored a new one.',
  },
  {
    reason: 'refused-replaced',
    outcome: 'saved',
    when: (facts) => isReplacing(facts) && (facts.load === 'invalid' || facts.load === 'malformed'),
    text: 'The cookie could not be opened with this encryptionKey, so hono-sessions began a new session, without a word.',
    setting: 'encryptionKey',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: isReplacing,
    text: 'A new session: hono-sessions stores one for each request that brings none, with something in it or not.',
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isModified,
    text: 'The session was changed.',
  },
  {
    reason: 'refreshed',
    outcome: 'touched',
    when: isSaved,
    text: 'Nothing was changed. With autoExtendExpiration, which is the default, each request stores the session again with the time of this access: a slow request writes its old copy over a newer one.',
    setting: 'autoExtendExpiration: true',
  },
  {
    reason: 'not-reached',
    outcome: 'not-saved',
    when: ({ isUnsaved, isLate }) => isUnsaved && !isLate,
    text: 'The session was changed, and hono-sessions did not come to store it: what a handler throws that is no Error goes past it.',
    fix: 'Throw an Error: throw new HTTPException(…).',
  },
  {
    reason: 'too-late',
    outcome: 'not-saved',
    when: ({ isUnsaved }) => isUnsaved,
    text: 'The session was changed after the handler had ended, and hono-sessions stores it then.',
    fix: 'Change the session before the handler returns its response; a stream runs on after that.',
  },
  {
    reason: 'unmodified',
    outcome: 'unchanged',
    when: always,
    text: 'The session was not changed, so the store was not asked.',
  },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...ABORTED, outcome: 'not-set', due: true },
  {
    reason: 'emptied',
    outcome: 'set',
    when: ({ kind, isDestroyed, setCookie }) => kind === 'cookie' && isDestroyed && setCookie !== undefined,
    text: 'The response sets the cookie with nothing in it. The browser keeps it: hono-sessions drops no cookie.',
    fix: "Where it should be gone, write deleteCookie(c, 'session') after the middleware.",
  },
  {
    reason: 'set-after-delete',
    outcome: 'set',
    when: ({ isDestroyed, setCookie }) => isDestroyed && setCookie !== undefined,
    text: 'The response sets the cookie of the session that it deletes: hono-sessions sets it before the app runs, and drops no cookie.',
    fix: "Where it should be gone, write deleteCookie(c, 'session') after the middleware.",
  },
  {
    reason: 'sealed',
    outcome: 'set',
    when: ({ kind, setCookie }) => kind === 'cookie' && setCookie !== undefined,
    text: 'The cookie holds the session, so a session that is stored is a new cookie.',
  },
  {
    reason: 'each-response',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'hono-sessions sets the cookie with each response, changed or not.',
  },
  ...notSet<Facts>(FAILED),
  {
    reason: 'kept',
    outcome: 'none',
    when: ({ kind, saved }) => kind === 'cookie' && saved === undefined,
    text: 'Nothing was stored: the browser keeps the cookie that it has.',
  },
  {
    reason: 'cookie-removed',
    outcome: 'not-set',
    due: true,
    when: always,
    text: 'hono-sessions set its cookie, and the response that left does not carry it: code after it removed Set-Cookie, or the client had gone.',
    fix: "Add cookies with setCookie(c, …); c.header('Set-Cookie', …) without append takes them off.",
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
