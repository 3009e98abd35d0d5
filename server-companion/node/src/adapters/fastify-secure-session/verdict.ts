/** Why @fastify/secure-session set its cookie or not: its own rules, over what it did. The cookie is the record. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { ABORTED_COOKIE, NOTHING_TO_KEEP, notSet, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';
import type { Seal } from './library.ts';

export interface Facts {
  /** How the library took the cookie that was sent; `undefined`: none was. */
  sent: Seal['outcome'] | undefined;
  /** The request's member was a session of the library's when the response was sent. */
  hasSession: boolean;
  /** No cookie that the library took is behind it. */
  isNew: boolean;
  /** The app has put it in the place of the library's. */
  isAssigned: boolean;
  isEmpty: boolean;
  /** An older key opened the cookie, so the library seals it again. */
  isRotated: boolean;
  /** The hook that saves has run. */
  isHookRun: boolean;
  /** The library's `changed`, as the hook saw it: it alone decides. */
  isChanged: boolean;
  /** The library's `deleted`, as the hook saw it. */
  isDeleted: boolean;
  /** The content was another than that of the cookie, as the hook saw it. */
  isModified: boolean;
  /** Changed after the hook. */
  isUnsaved: boolean;
  /** The app called `set`, `touch` or `regenerate`, or set `changed`. */
  isAsked: boolean;
  /** `delete session.k`. */
  isDeleteIgnored: boolean;
  /** `session.options(…)`. */
  hasOptions: boolean;
  /** Written to after `session.delete()`. */
  isWrittenAfterEnd: boolean;
  /** What sealing threw. */
  failure: string | undefined;
  /** The response's head was written before the connection closed. */
  isHeadSent: boolean;
  /** The connection closed, and the app has not sent the response yet. */
  isUndecided: boolean;
  /** The response tells the browser to drop the cookie. */
  isCleared: boolean;
  setCookie: Verdict['cookie']['attributes'];
}

/** The library's own rule. */
const isDue = ({ hasSession, isChanged }: Facts): boolean => hasSession && isChanged;
const isUnnoticed = ({ hasSession, isChanged, isModified }: Facts): boolean => hasSession && !isChanged && isModified;

const FIRST = [
  responsePending(
    'The connection closed, and the app has not sent the response yet: @fastify/secure-session saves as it is sent.',
  ),
] as const satisfies readonly VerdictRow<Facts, 'pending'>[];

const NO_SESSION = {
  reason: 'no-session',
  when: ({ hasSession }: Facts) => !hasSession,
  text: 'The request had no session of @fastify/secure-session when the response was sent: the app had put null or an object of its own in its place. The browser keeps the cookie that it has.',
  fix: 'Write into the session that is there, or end it with request.session.delete().',
} as const;

/** Why a cookie that was due is not there; what holds of the cookie holds of the record. */
const LOST = [
  {
    reason: 'hook-skipped',
    when: (facts) => !facts.isHookRun && (isDue(facts) || isUnnoticed(facts)),
    text: 'The response was written past Fastify (reply.hijack, reply.raw), so the hook in which @fastify/secure-session saves did not run.',
    fix: 'Send the response with reply.send, or set the cookie yourself: reply.setCookie(name, app.encodeSecureSession(request.session)).',
  },
  {
    reason: 'not-serializable',
    when: ({ failure }) => failure !== undefined && /serialize a BigInt|circular structure/i.test(failure),
    text: 'The session holds a value that JSON cannot, so sealing it threw, and Fastify answered with that error.',
    fix: 'Keep to values that JSON can hold: a bigint as text, no cycles.',
  },
  {
    reason: 'seal-failed',
    when: ({ failure }) => failure !== undefined,
    text: ({ failure }) => `Sealing a session threw: ${failure!.slice(0, 800)}. Fastify answered with that error.`,
  },
  { ...ABORTED_COOKIE, when: (facts) => isDue(facts) && !facts.isHeadSent },
  {
    reason: 'cookie-removed',
    when: (facts) => isDue(facts) && facts.isHookRun && facts.setCookie === undefined,
    text: '@fastify/secure-session set its cookie, and the response that left does not carry it: code after it wrote or removed Set-Cookie.',
    fix: "Add a cookie with reply.setCookie; reply.header('set-cookie', …) and reply.removeHeader after it take it off.",
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const TOO_LATE = {
  reason: 'too-late',
  when: (facts: Facts) => facts.isUnsaved && !isDue(facts),
  text: 'The session was changed after the response had begun, and @fastify/secure-session saves before that.',
  fix: 'Change the session before reply.send, or before the stream that it is given begins.',
} as const;

const UNNOTICED = {
  reason: 'change-unnoticed',
  when: isUnnoticed,
  text: ({ isAssigned }: Facts) =>
    isAssigned
      ? "The app put a session of its own in the place of the library's. createSecureSession makes one that counts as unchanged, so no cookie was set."
      : 'A value inside the session was changed. @fastify/secure-session notices set() and assignments of keys only, so no cookie was set and the change is lost.',
  fix: "Write the value again: request.session.set('cart', cart). Or say so: request.session.touch().",
} as const;

const late = ({ isUnsaved }: Facts): string =>
  isUnsaved ? ' What was changed after the response began is not in it.' : '';

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  { ...NO_SESSION, outcome: 'not-saved' },
  ...LOST.map((row): RecordRow<Facts> => ({
    ...row,
    outcome: row.reason === 'not-serializable' || row.reason === 'seal-failed' ? 'failed' : 'not-saved',
  })),
  {
    reason: 'set-after-delete',
    outcome: 'deleted',
    when: (facts) => isDue(facts) && facts.isDeleted && facts.isWrittenAfterEnd,
    text: 'The app called session.delete() and wrote to the session after it. A deleted session stays one: the cookie is dropped, and what was written is lost.',
    fix: 'To begin again within one request call request.session.regenerate() in place of delete().',
  },
  {
    reason: 'deleted',
    outcome: 'deleted',
    when: (facts) => isDue(facts) && facts.isDeleted,
    text: 'The app called session.delete(), so the response tells the browser to drop the cookie. A copy of it stays valid until its expiry: there is no record that could be deleted.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: (facts) => isDue(facts) && facts.isNew,
    text: (facts) => `A new session that was written to.${late(facts)}`,
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: (facts) => isDue(facts) && facts.isModified,
    text: (facts) => `The session was changed.${late(facts)}`,
  },
  {
    reason: 'key-rotated',
    outcome: 'saved',
    when: (facts) => isDue(facts) && facts.isRotated && !facts.isAsked,
    text: (facts) =>
      `The cookie was sealed with an older key, so @fastify/secure-session sealed it again with the first one. Its end did not move.${late(facts)}`,
    setting: 'key',
  },
  {
    reason: 'touched',
    outcome: 'saved',
    when: isDue,
    text: (facts) =>
      `The content is as before: set() and touch() have the session sealed again, with a new end.${late(facts)}`,
  },
  { ...TOO_LATE, outcome: 'not-saved' },
  { ...UNNOTICED, outcome: 'not-saved' },
  {
    reason: 'delete-ignored',
    outcome: 'unchanged',
    when: ({ isDeleteIgnored }) => isDeleteIgnored,
    text: 'The app wrote delete request.session.key, which deletes nothing: the session of @fastify/secure-session is a proxy that passes only reads and writes on to the data.',
    fix: "Write request.session.set('key', undefined): JSON leaves it out of the cookie.",
  },
  {
    reason: 'expired',
    outcome: 'missing',
    when: ({ isNew, sent }) => isNew && sent === 'expired',
    text: 'The expiry of the session in the cookie has passed, so the session began empty. It is counted from the last set() or touch(), not from the last visit.',
    setting: 'expiry',
    fix: 'Call request.session.touch() where a visit should move the end.',
  },
  {
    reason: 'invalid-key',
    outcome: 'missing',
    when: ({ isNew, sent }) => isNew && sent === 'invalid',
    text: 'None of the keys opens the cookie, so the session began empty, without a word but in the log at level debug.',
    setting: 'key',
    fix: 'Keep the old key behind the new one while cookies of it are about: key: [newKey, oldKey].',
  },
  {
    reason: 'malformed',
    outcome: 'missing',
    when: ({ isNew, sent }) => isNew && sent === 'malformed',
    text: 'The cookie is none of @fastify/secure-session, so the session began empty.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'A new session that nothing was written to is not stored.',
  },
  {
    reason: 'unmodified',
    outcome: 'unchanged',
    when: always,
    text: 'The session was not changed, so the cookie was not sent again.',
  },
];

/** Without it, browsers send the cookie below the folder of the URL that set it only. */
const WITHOUT_PATH = "cookie: { path: '/' }";
const lacksPath = ({ setCookie }: Facts): boolean => setCookie !== undefined && setCookie.path === undefined;
const path = (facts: Facts): string =>
  lacksPath(facts) ? ' It has no Path, so the browser sends it only to addresses below the folder of this one.' : '';

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...NO_SESSION, outcome: 'none' },
  ...notSet<Facts>(LOST),
  {
    reason: 'cleared',
    outcome: 'expired',
    when: ({ isCleared }) => isCleared,
    text: (facts) => `The response tells the browser to drop the cookie.${path(facts)}`,
  },
  {
    reason: 'sealed',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: (facts) => `The cookie holds the session, so a saved session is a new cookie.${path(facts)}`,
    setting: (facts) => (lacksPath(facts) ? 'cookie.path' : undefined),
    fix: (facts) => (lacksPath(facts) ? `Write ${WITHOUT_PATH}.` : undefined),
  },
  { ...TOO_LATE, outcome: 'not-set', due: true },
  { ...UNNOTICED, outcome: 'not-set', due: ({ isNew }) => isNew },
  {
    reason: 'options-ignored',
    outcome: 'none',
    when: ({ hasOptions }) => hasOptions,
    text: 'session.options() was called, and the session was not changed: the options of a cookie are sent with the next save only.',
    fix: 'Call request.session.touch() too.',
  },
  NOTHING_TO_KEEP,
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'Nothing changed: the browser keeps the cookie that it has, and neither its end nor the expiry inside it moves.',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
