/** Why koa-session saved its session or not, and set its cookie or not: its own rules, over what it did. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { CLEARED, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';
import type { Failure, SaveReason } from './commit.ts';

export interface Facts {
  /** There is a store; without one the cookie is the record. */
  isStored: boolean;
  /** The cookie names the session: no `externalKey` of the app's. */
  isByCookie: boolean;
  /** `autoCommit`. */
  isAutomatic: boolean;
  /** `unused`: `ctx.session` was neither read nor set. `unset`: the app set it to null. */
  session: 'unused' | 'open' | 'unset';
  /** How the library took what was sent; `undefined`: nothing was. */
  load: 'found' | 'missed' | 'expired' | 'invalid' | 'invalid-signature' | 'malformed' | 'failed' | undefined;
  /** The session began empty. */
  isNew: boolean;
  /** It holds keys that begin with `_`, which are never saved. */
  hasPrivateKeys: boolean;
  /** Why the last commit saved; `undefined`: it saw no reason to. */
  reason: SaveReason | undefined;
  /** The last commit dropped what was sent. */
  isRemoval: boolean;
  failure: Failure | undefined;
  error: { name: string; message: string } | undefined;
  /** The store has written or deleted the record. */
  isWritten: boolean;
  /** What the session holds is in no record. */
  isUnsaved: boolean;
  hasCommitted: boolean;
  /** The middleware ended with an error: Koa's own error page bears none of the headers that were set. */
  hasThrown: boolean;
  /** The response's head was written before the connection closed. */
  isHeadSent: boolean;
  /** The app goes on, or a commit does, and the connection has closed. */
  isUndecided: boolean;
  /** The browser has the cookie that names this record. */
  isKnownCookie: boolean;
  /** The response tells the browser to drop the cookie. */
  isCleared: boolean;
  setCookie: Verdict['cookie']['attributes'];
}

const words = ({ error }: Facts): string => `${error?.name ?? 'Error'}: ${(error?.message ?? '').slice(0, 800)}`;

const isDue = ({ reason, isRemoval }: Facts): boolean => reason !== undefined || isRemoval;
/** The library set the cookie, and the response that left does not bear it. */
const isDropped = (facts: Facts): boolean =>
  isDue(facts) && facts.failure === undefined && facts.isByCookie && facts.setCookie === undefined;
/** Changed or unset where no commit saw it. */
const isUnseen = ({ session, isUnsaved, isRemoval }: Facts): boolean => (session === 'unset' ? !isRemoval : isUnsaved);

const PENDING = responsePending('The connection closed, and the app has not ended yet: koa-session saves when it has.');

/** There was no session to speak of. */
const WITHOUT = [
  {
    reason: 'load-failed',
    when: ({ load, isStored }) => load === 'failed' && isStored,
    text: 'The store failed on the load, so koa-session passed its error on before the app was asked.',
    fix: 'Check that the store is reachable.',
  },
  {
    reason: 'decode-failed',
    when: ({ load, session }) => load === 'failed' && session === 'unused',
    text: 'The decode option threw an error on the cookie. koa-session drops such a cookie and passes the error on; only a SyntaxError makes a new session.',
    fix: 'Let decode throw a SyntaxError where it cannot read a cookie.',
  },
  {
    reason: 'not-accessed',
    when: ({ session }) => session === 'unused',
    text: 'The app did not use ctx.session, so koa-session did nothing.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

/** The library threw while it saved; the app's response is an error page then. */
const FAILED = [
  {
    reason: 'store-error',
    when: ({ failure }) => failure === 'store-error',
    text: (facts) => `The store failed: ${words(facts)}.`,
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'not-serializable',
    when: ({ failure }) => failure === 'not-serializable',
    text: (facts) => `koa-session could not make JSON of the session, and threw: ${words(facts)}`,
    fix: 'Keep to values that JSON can hold: a bigint and a cycle are the usual causes.',
  },
  {
    reason: 'secure-over-http',
    when: ({ failure }) => failure === 'secure-over-http',
    text: 'The cookie is Secure and Koa takes this request for plain http, so setting it threw an error.',
    setting: 'secure: true',
    fix: 'Leave secure out: the cookie is then Secure over https only. Behind a proxy that speaks https, set app.proxy = true.',
  },
  {
    reason: 'keys-missing',
    when: ({ failure }) => failure === 'keys-missing',
    text: 'The cookie is signed and app.keys is not set, so setting it threw an error.',
    setting: 'signed: true',
    fix: "Write app.keys = ['a long random text'].",
  },
  {
    reason: 'too-late',
    when: ({ failure }) => failure === 'too-late',
    text: 'koa-session saves when the middleware after it has ended, and the response headers had been sent by then: the cookie could not be set.',
    fix: 'Give Koa the response (ctx.body = …), or change the session and await ctx.session.save() before ctx.res is written to.',
  },
  {
    reason: 'commit-failed',
    when: ({ failure }) => failure === 'commit-failed',
    text: (facts) => `koa-session threw an error while it saved: ${words(facts)}`,
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

/** What was to be saved, or set, and is not, though nothing failed. */
const LOST = [
  {
    reason: 'aborted',
    when: (facts) => isDropped(facts) && !facts.isHeadSent,
    text: 'The connection closed before the response headers were sent, and the cookie goes in them.',
  },
  {
    reason: 'headers-removed',
    when: (facts) => isDropped(facts) && facts.hasThrown,
    text: 'The app threw an error. koa-session set its cookie anyway, and Koa takes every header off its own error page.',
    fix: 'Catch errors in a middleware of your own, before koa-session: what it answers keeps the cookie.',
  },
  {
    reason: 'cookie-removed',
    when: isDropped,
    text: 'koa-session set its cookie, and the response does not bear it: other code took the Set-Cookie header off.',
    fix: 'Look for code that replaces Set-Cookie.',
  },
  {
    reason: 'commit-not-called',
    when: (facts) => isUnseen(facts) && !facts.isAutomatic && !facts.hasCommitted,
    text: 'The session was changed, and nothing saves it: autoCommit is off and the app did not commit.',
    setting: 'autoCommit: false',
    fix: 'await ctx.session.manuallyCommit();',
  },
  {
    reason: 'changed-after-commit',
    when: (facts) => isUnseen(facts) && facts.reason === undefined,
    text: 'The session was changed after koa-session had saved, which it does when the middleware after it has ended: a stream, a timer, or a middleware before it changed it.',
    fix: 'Change the session before the handler ends, or call await ctx.session.save() while the headers can still be set.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const remarks = ({ isUnsaved, hasPrivateKeys }: Facts): string =>
  `${isUnsaved ? ' What was changed after that is not in it.' : ''}${
    hasPrivateKeys ? ' Keys that begin with _ are not in it.' : ''
  }`;

const SAVED: readonly RecordRow<Facts>[] = [
  {
    reason: 'unset',
    outcome: 'deleted',
    when: ({ isRemoval }) => isRemoval,
    text: ({ isStored }) =>
      isStored
        ? 'The app set ctx.session to null, so the record was deleted.'
        : 'The app set ctx.session to null, so the response tells the browser to drop the cookie. A copy of it stays valid until its end: there is no record that could be deleted.',
  },
  {
    reason: 'regenerated',
    outcome: 'saved',
    when: ({ reason }) => reason === 'regenerated',
    text: ({ isStored }) =>
      isStored
        ? 'The app called regenerate(): the old record is deleted, its content stored under a new key.'
        : 'The app called regenerate(), which without a store only makes the cookie again: a copy of the old one stays valid.',
  },
  {
    reason: 'save-called',
    outcome: 'saved',
    when: ({ reason }) => reason === 'save-called',
    text: (facts) => `The app called save().${remarks(facts)}`,
  },
  {
    reason: 'max-age-changed',
    outcome: 'saved',
    when: ({ reason }) => reason === 'max-age-changed',
    text: (facts) => `The app set ctx.session.maxAge, which forces a save.${remarks(facts)}`,
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: ({ reason, isNew }) => reason === 'changed' && isNew,
    text: (facts) => `A new session with data in it.${remarks(facts)}`,
  },
  {
    reason: 'changed',
    outcome: 'saved',
    when: ({ reason }) => reason === 'changed',
    text: (facts) => `The session was changed.${remarks(facts)}`,
  },
  {
    reason: 'rolling',
    outcome: 'saved',
    when: ({ reason }) => reason === 'rolling',
    text: (facts) => `Nothing changed: the session was saved for its new end.${remarks(facts)}`,
    setting: 'rolling: true',
  },
  {
    reason: 'renew',
    outcome: 'saved',
    when: ({ reason }) => reason === 'renew',
    text: (facts) =>
      `Nothing changed, and less than half of its time was left: the session was saved for a new end.${remarks(facts)}`,
    setting: 'renew: true',
  },
];

/** Nothing was saved, and nothing was to be. */
const UNSAVED: readonly RecordRow<Facts>[] = [
  {
    reason: 'private-keys',
    outcome: 'not-saved',
    when: ({ hasPrivateKeys }) => hasPrivateKeys,
    text: 'Only keys that begin with _ were written, and koa-session leaves those out of what it saves.',
    fix: 'Give the key another name.',
  },
  {
    reason: 'missed',
    outcome: 'missing',
    when: ({ isNew, load }) => isNew && load === 'missed',
    text: 'The store holds no record by the name that was sent: expired, deleted, or from before a restart. Nothing was written to the new session.',
  },
  {
    reason: 'expired',
    outcome: 'missing',
    when: ({ isNew, load }) => isNew && load === 'expired',
    text: 'The session that was sent had ended, so the session began empty. Nothing was written to it.',
    setting: 'maxAge',
  },
  {
    reason: 'invalid',
    outcome: 'missing',
    when: ({ isNew, load }) => isNew && load === 'invalid',
    text: "The app's valid option refused the session that was sent, so the session began empty. Nothing was written to it.",
    setting: 'valid',
  },
  {
    reason: 'invalid-signature',
    outcome: 'missing',
    when: ({ isNew, load }) => isNew && load === 'invalid-signature',
    text: 'The signature of the cookie is missing, or valid for none of app.keys, so the session began empty. Nothing was written to it.',
  },
  {
    reason: 'malformed',
    outcome: 'missing',
    when: ({ isNew, load }) => isNew && load === 'malformed',
    text: 'The cookie cannot be decoded, so the session began empty. Nothing was written to it.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'A new session with nothing in it is not stored.',
  },
  {
    reason: 'unmodified',
    outcome: 'unchanged',
    when: always,
    text: 'The session was not changed, so it was not saved, and its end does not move.',
    fix: 'Where it should move with each visit, set rolling: true; renew: true moves it once half of its time is over.',
  },
];

const recordOutcome = (reason: string): RecordRow<Facts>['outcome'] =>
  reason === 'decode-failed' ? 'unreadable' : reason === 'not-accessed' ? 'none' : 'failed';

const RECORD: readonly RecordRow<Facts>[] = [
  PENDING,
  ...WITHOUT.map((row): RecordRow<Facts> => ({ ...row, outcome: recordOutcome(row.reason) })),
  ...FAILED.map((row): RecordRow<Facts> => ({
    ...row,
    outcome: row.reason === 'too-late' ? 'not-saved' : 'failed',
    // The store comes first, the cookie after it.
    when: (facts) => row.when(facts) && !facts.isWritten,
  })),
  ...LOST.map((row): RecordRow<Facts> => ({
    ...row,
    outcome: 'not-saved',
    when: (facts) => row.when(facts) && !(facts.isStored && isDue(facts)),
  })),
  ...SAVED,
  ...UNSAVED,
];

/** The next request cannot carry what this one left: the browser has no cookie that names the record. */
const isMissed = ({ isStored, isKnownCookie, isByCookie }: Facts): boolean =>
  isByCookie && !(isStored && isKnownCookie);

const COOKIE: readonly CookieRow<Facts>[] = [
  PENDING,
  { ...CLEARED, when: ({ isCleared }) => isCleared },
  {
    reason: 'rolling',
    outcome: 'set',
    when: ({ setCookie, reason }) => setCookie !== undefined && reason === 'rolling',
    text: 'Every response refreshes the cookie.',
    setting: 'rolling: true',
  },
  {
    reason: 'saved',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: ({ isStored }) =>
      isStored
        ? 'koa-session sets the cookie with each save.'
        : 'The cookie holds the session, so a saved session is a new cookie.',
  },
  ...WITHOUT.map(({ fix: _fix, ...row }: Omit<CookieRow<Facts>, 'outcome'>): CookieRow<Facts> => ({
    ...row,
    outcome: 'none',
  })),
  {
    reason: 'external-key',
    outcome: 'none',
    when: ({ isByCookie }) => !isByCookie,
    text: 'The key of the session travels as the externalKey option has it, not in this cookie.',
    setting: 'externalKey',
  },
  ...[...FAILED, ...LOST].map((row): CookieRow<Facts> => ({
    ...row,
    outcome: 'not-set',
    due: true,
    when: (facts) => row.when(facts) && isMissed(facts),
  })),
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew, reason }) => isNew && reason === undefined,
    text: 'There is no session to keep, so there is no cookie.',
  },
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'The browser keeps the cookie that it has.',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
