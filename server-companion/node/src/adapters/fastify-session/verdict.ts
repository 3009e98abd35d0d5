/** Why @fastify/session saved its session or not, and set its cookie or not: its own rules, over what it did. */
import type { Actor, Verdict } from '../../../../../protocol/index.ts';
import { CLEARED, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';

export interface Facts {
  rolling: boolean;
  saveUninitialized: boolean;
  /** How the load of what was sent went; `undefined`: nothing was. */
  load: 'found' | 'missing' | 'expired' | 'invalid-signature' | 'error' | undefined;
  /** The library gave the request no session: its path is not the cookie's. */
  isSkipped: boolean;
  /** `request.session` was a session of the library's when the response was sent. */
  hasSession: boolean;
  /** The hook that saves has run. */
  isHookRun: boolean;
  /** The app called `destroy()`. */
  isDestroyed: boolean;
  /** The session's key is another than the one that was sent. */
  isNewKey: boolean;
  /** As the hook saw it. */
  isModified: boolean;
  /** Changed after the hook. */
  isUnsaved: boolean;
  isRegenerated: boolean;
  /** The store has this session's record as a call of this request left it. */
  isWritten: boolean;
  /** Who asked for the last save. */
  savedBy: Actor | undefined;
  /** The last call of the store, where it failed. */
  failed: { kind: 'save' | 'destroy'; error: { name: string; message: string } } | undefined;
  isSecureCookie: boolean;
  isSecureRequest: boolean;
  /** The response's head was written before the connection closed. */
  isHeadSent: boolean;
  /** The app goes on, or the store has not answered, and the connection has closed. */
  isUndecided: boolean;
  /** The response tells the browser to drop the cookie. */
  isCleared: boolean;
  setCookie: Verdict['cookie']['attributes'];
}

const words = ({ failed }: Facts): string => `${failed!.error.name}: ${failed!.error.message.slice(0, 800)}`;

/** The library's own rule, but for the connection's. */
const isDue = ({ isNewKey, isModified, saveUninitialized, rolling }: Facts): boolean =>
  isModified || (isNewKey ? saveUninitialized : rolling);
/** The library compares what JSON makes of it: where no setting had it saved, it found a change. */
const isFoundChanged = ({ isModified, isNewKey, saveUninitialized, rolling }: Facts): boolean =>
  isModified || !(isNewKey ? saveUninitialized : rolling);
const isInsecure = (facts: Facts): boolean => facts.hasSession && facts.isSecureCookie && !facts.isSecureRequest;

const FIRST = [
  {
    reason: 'load-failed',
    when: ({ load }) => load === 'error',
    text: 'The store failed on the load, so @fastify/session passed its error on before there was a session.',
    fix: 'Check that the store is reachable.',
  },
  {
    reason: 'path-mismatch',
    when: ({ isSkipped }) => isSkipped,
    text: "The request's path is not below the cookie's, so @fastify/session gave the request an empty object in the place of a session: what is written to it is lost.",
    setting: 'cookie.path',
    fix: 'Widen cookie.path, or use the session below it only.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const PENDING = responsePending(
  'The connection closed, and the app has not sent the response yet, or the store has not answered.',
);

/** What was to be saved and is not. */
const LOST = [
  {
    reason: 'hook-skipped',
    when: (facts) => !facts.isHookRun && isDue(facts),
    text: 'The response was written past Fastify (reply.hijack, reply.raw), so the hook in which @fastify/session saves did not run.',
    fix: 'Send the response with reply.send, or call await request.session.save() and set the cookie yourself.',
  },
  {
    reason: 'secure-over-http',
    when: (facts) => isInsecure(facts) && isDue(facts),
    text: ({ isCleared }) =>
      `The cookie is Secure, which is the default, and Fastify takes this request for plain http: @fastify/session saved nothing and set no cookie, without a word${isCleared ? ', and told the browser to drop the one that it sent' : ''}.`,
    setting: 'cookie.secure: true',
    fix: "Write cookie: { secure: 'auto' } during development; behind a proxy that speaks https, fastify({ trustProxy: true }).",
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const late = ({ isUnsaved }: Facts): string =>
  isUnsaved ? ' What was changed after the response began is not in it.' : '';

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST.map((row): RecordRow<Facts> => ({ ...row, outcome: row.reason === 'load-failed' ? 'failed' : 'none' })),
  PENDING,
  {
    reason: 'store-error',
    outcome: 'failed',
    when: ({ failed }) => failed !== undefined,
    text: (facts) => `The store failed on ${facts.failed!.kind}: ${words(facts)}.`,
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed, hasSession }) => isDestroyed && !hasSession,
    text: 'The app destroyed the session: its record is deleted. The browser keeps its cookie, which names nothing any more.',
    fix: "reply.clearCookie('sessionId') drops the cookie, too.",
  },
  {
    reason: 'no-session',
    outcome: 'not-saved',
    when: ({ hasSession }) => !hasSession,
    text: 'request.session was no session of @fastify/session when the response was sent: the app had put null or an object of its own in its place. Nothing was saved or deleted.',
    fix: 'Write into the session that is there, or end it with await request.session.destroy().',
  },
  ...LOST.map((row): RecordRow<Facts> => ({
    ...row,
    outcome: 'not-saved',
    when: (facts) => row.when(facts) && !facts.isWritten,
  })),
  {
    reason: 'app-saved',
    outcome: 'saved',
    when: ({ isWritten, savedBy, isRegenerated }) => isWritten && savedBy === 'app' && !isRegenerated,
    text: (facts) => `The app called save().${late(facts)}`,
  },
  {
    reason: 'regenerated',
    outcome: 'saved',
    when: ({ isWritten, isRegenerated }) => isWritten && isRegenerated,
    text: (facts) => `The session was regenerated: the old record is deleted, the new one stored.${late(facts)}`,
  },
  {
    reason: 'expired-replaced',
    outcome: 'saved',
    when: ({ isWritten, load, isModified }) => isWritten && load === 'expired' && !isModified,
    text: 'The record that the cookie names had expired. @fastify/session deleted it and stored a new and empty session in its place at once, whatever saveUninitialized says.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: (facts) => facts.isWritten && facts.isNewKey && isFoundChanged(facts),
    text: (facts) => `A new session with data in it.${late(facts)}`,
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: (facts) => facts.isWritten && isFoundChanged(facts),
    text: (facts) => `The session was changed.${late(facts)}`,
  },
  {
    reason: 'save-uninitialized',
    outcome: 'saved',
    when: ({ isWritten, isNewKey }) => isWritten && isNewKey,
    text: (facts) => `A new session was saved with nothing in it.${late(facts)}`,
    setting: 'saveUninitialized: true',
    fix: 'saveUninitialized: false keeps visitors without data out of the store.',
  },
  {
    reason: 'rolling',
    outcome: 'saved',
    when: ({ isWritten }) => isWritten,
    text: (facts) => `Nothing changed, and the record was written again for its new end.${late(facts)}`,
    setting: 'rolling: true',
    fix: 'rolling: false leaves unchanged records alone, so that a slow request writes no old copy over a newer one.',
  },
  {
    reason: 'too-late',
    outcome: 'not-saved',
    when: ({ isUnsaved }) => isUnsaved,
    text: 'The session was changed after the response had begun, and @fastify/session saves before that.',
    fix: 'Change the session before reply.send, or call await request.session.save() after the change.',
  },
  {
    reason: 'change-unnoticed',
    outcome: 'not-saved',
    when: ({ isModified }) => isModified,
    text: 'The session was changed, and @fastify/session did not notice: it leaves out a bigint, and what JSON leaves out, where it compares.',
    fix: 'Keep to values that JSON can hold: a bigint as text.',
  },
  ...(['expired', 'missing', 'invalid-signature'] as const).map((load): RecordRow<Facts> => ({
    reason: load,
    outcome: 'missing',
    when: (facts) => facts.load === load,
    text: {
      expired: 'The record that the cookie names had expired, and was deleted. Nothing was written to the new session.',
      missing:
        'The store holds no record by the name that the cookie gives: expired, deleted, or from before a restart. Nothing was written to the new session.',
      'invalid-signature':
        'The signature of the cookie is valid for none of the secrets, so the session began empty. Nothing was written to it.',
    }[load],
  })),
  {
    reason: 'uninitialized',
    outcome: 'none',
    when: ({ isNewKey }) => isNewKey,
    text: 'A new session that nothing was written to is not stored.',
    setting: 'saveUninitialized: false',
  },
  {
    reason: 'unmodified',
    outcome: 'unchanged',
    when: always,
    text: 'Nothing changed, so nothing was written.',
    setting: 'rolling: false',
  },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  {
    reason: 'dropped-after-regenerate',
    outcome: 'expired',
    due: true,
    when: ({ isCleared, isRegenerated, isWritten }) => isCleared && isRegenerated && isWritten,
    text: 'regenerate() stored the new session, and @fastify/session saw nothing in it to save: it told the browser to drop the old cookie, and set none for the new one. The client is left without a session.',
    setting: 'saveUninitialized: false',
    fix: "Keep something: await request.session.regenerate(['user']), or write to request.session after it.",
  },
  { ...CLEARED, when: (facts) => facts.isCleared && !(isInsecure(facts) && isDue(facts)) },
  {
    reason: 'new-key',
    outcome: 'set',
    when: ({ setCookie, isCleared, isNewKey }) => setCookie !== undefined && !isCleared && isNewKey,
    text: 'The session has a key that the browser does not know yet.',
  },
  {
    reason: 'saved',
    outcome: 'set',
    when: ({ setCookie, isCleared }) => setCookie !== undefined && !isCleared,
    text: '@fastify/session sets the cookie with each save.',
    setting: ({ rolling, isModified }) => (rolling && !isModified ? 'rolling: true' : undefined),
  },
  ...FIRST.map(({ fix: _fix, ...row }: Omit<CookieRow<Facts>, 'outcome'>): CookieRow<Facts> => ({
    ...row,
    outcome: 'none',
  })),
  PENDING,
  {
    reason: 'no-session',
    outcome: 'none',
    when: ({ hasSession }) => !hasSession,
    text: 'There was no session to set a cookie for. The browser keeps the cookie that it has.',
  },
  ...LOST.map((row): CookieRow<Facts> => ({
    ...row,
    outcome: 'not-set',
    due: ({ isNewKey }) => isNewKey,
  })),
  {
    reason: 'store-error',
    outcome: 'not-set',
    due: ({ isNewKey }) => isNewKey,
    when: ({ failed }) => failed !== undefined,
    text: 'The store failed, and the cookie is set after it.',
  },
  {
    reason: 'too-late',
    outcome: 'not-set',
    due: true,
    when: (facts) => facts.isUnsaved && facts.isNewKey && !isDue(facts),
    text: 'A new session was changed after the response had begun: the cookie could not be set any more.',
    fix: 'Change the session before reply.send.',
  },
  {
    reason: 'aborted',
    outcome: 'not-set',
    due: ({ isNewKey }) => isNewKey,
    when: ({ isWritten, isHeadSent }) => isWritten && !isHeadSent,
    text: 'The connection closed before the response headers were sent.',
  },
  {
    reason: 'cookie-removed',
    outcome: 'not-set',
    due: ({ isNewKey }) => isNewKey,
    when: ({ isWritten }) => isWritten,
    text: '@fastify/session set its cookie, and the response does not bear it: other code took the Set-Cookie header off.',
    fix: 'Look for code that replaces Set-Cookie.',
  },
  {
    reason: 'change-unnoticed',
    outcome: 'not-set',
    due: true,
    when: ({ isModified, isNewKey }) => isModified && isNewKey,
    text: '@fastify/session found nothing in the new session that it could save, so it set no cookie.',
  },
  {
    reason: 'uninitialized',
    outcome: 'none',
    when: ({ isNewKey }) => isNewKey,
    text: 'A new session that nothing was written to gets no cookie.',
    setting: 'saveUninitialized: false',
  },
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'The browser keeps the cookie that it has, and its end does not move.',
    setting: 'rolling: false',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
