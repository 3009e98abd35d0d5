/** What better-auth did to the session's row in a request, and to its cookie. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import { CLEARED, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';

/** Why a save failed: what the adapter throws stands in `error`. */
export type Failure = never;

export interface Did {
  /** Where the session came from, or why it did not; `undefined`: nobody asked. */
  load: 'store' | 'cache' | 'missing' | 'expired' | undefined;
  isCreated: boolean;
  /** Its end was moved. */
  isRefreshed: boolean;
  isUpdated: boolean;
  /** Other sessions than the request's own were deleted. */
  isRevoked: boolean;
  /** What the adapter failed with last. */
  error: { readonly call: string; readonly error: { name: string; message: string } } | undefined;
}

export type Facts = AppSavedFacts<Failure> & Readonly<Did>;

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response yet.'),
] as const satisfies readonly VerdictRow<Facts, 'pending'>[];

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  {
    reason: 'store-error',
    outcome: 'failed',
    when: ({ error }) => error !== undefined,
    text: ({ error }) =>
      `The database failed on ${error!.call}: ${error!.error.name}: ${error!.error.message.slice(0, 800)}.`,
  },
  {
    reason: 'expired',
    outcome: 'missing',
    when: ({ load }) => load === 'expired',
    text: 'The session had ended, so better-auth gave none, and deleted its row.',
    setting: 'session.expiresIn',
  },
  {
    reason: 'deleted',
    outcome: 'deleted',
    when: ({ isDestroyed }) => isDestroyed,
    text: 'The session’s row was deleted. Where a cookie cache is on, other clients that hold a copy of it are served from it until it ends.',
  },
  {
    reason: 'created',
    outcome: 'saved',
    when: ({ isCreated }) => isCreated,
    text: 'A session was created. One that the browser had before stays in the database until it ends.',
  },
  {
    reason: 'updated',
    outcome: 'saved',
    when: ({ isUpdated }) => isUpdated,
    text: 'Fields of the session’s row were updated.',
  },
  {
    reason: 'refreshed',
    outcome: 'touched',
    when: ({ isRefreshed }) => isRefreshed,
    text: 'The session was older than updateAge, so its end was moved.',
    setting: 'session.updateAge',
  },
  {
    reason: 'from-cookie-cache',
    outcome: 'unchanged',
    when: ({ load }) => load === 'cache',
    text: 'The session came from the cookie cache, and the database was not asked: one that was revoked is served until the cache ends.',
    setting: 'session.cookieCache.maxAge',
    fix: 'auth.api.getSession({ headers, query: { disableCookieCache: true } }) where it matters.',
  },
  {
    reason: 'no-record',
    outcome: 'missing',
    when: ({ load }) => load === 'missing',
    text: 'The database has no session of this token.',
  },
  {
    reason: 'others-revoked',
    outcome: 'unchanged',
    when: ({ isRevoked }) => isRevoked,
    text: 'Other sessions were deleted. Where a cookie cache is on, their clients are served from it until it ends.',
  },
  {
    reason: 'not-asked',
    outcome: 'unchanged',
    when: ({ load }) => load === undefined,
    text: 'Nobody asked for the session.',
  },
  { reason: 'unmodified', outcome: 'unchanged', when: always, text: 'The session was read and not changed.' },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  {
    ...CLEARED,
    when: ({ isCreated, isRefreshed, setCookie }) => setCookie !== undefined && !isCreated && !isRefreshed,
  },
  {
    reason: 'set',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The cookie holds the session’s token, signed.',
  },
  {
    reason: 'header-not-returned',
    outcome: 'not-set',
    due: true,
    when: ({ isCreated, isRefreshed }) => isCreated || isRefreshed,
    text: 'better-auth made a Set-Cookie, and the response that left does not carry it: a call of auth.api gives its headers to your code, and code after it may remove them.',
    fix: 'Return the headers: const { headers, response } = await auth.api.signInEmail({ …, returnHeaders: true }), or a plugin of your framework’s (nextCookies()).',
  },
  { reason: 'kept', outcome: 'none', when: always, text: 'The browser keeps the cookie that it has.' },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
