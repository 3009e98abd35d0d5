/** Why cookie-session set its cookie or not: its own rules, over what it did. The cookie is the record. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { CLEARED, NOTHING_TO_KEEP, notSet, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';

export interface Facts {
  /** `unused`: `req.session` was neither read nor set. `unset`: the app set it to null. */
  session: 'unused' | 'open' | 'unset';
  /** How the library took the cookie that was sent; `undefined`: none was. */
  sent: 'valid' | 'unsigned' | 'invalid' | 'malformed' | undefined;
  /** The library has made a new session. */
  isNew: boolean;
  /** The app set `req.session` to an object of its own. */
  isAssigned: boolean;
  isEmpty: boolean;
  /** The content is another than that of the cookie. */
  isModified: boolean;
  /** The session was changed after the response's head had left. */
  isLate: boolean;
  /** `req.sessionOptions.secure`, which the app may set for one response. */
  isSecureCookie: boolean;
  isSecureRequest: boolean;
  /** The response's head was written before the connection closed. */
  isHeadSent: boolean;
  /** The connection closed, and the app has not begun the response yet. */
  isUndecided: boolean;
  /** The signature alone was sent again, made with the newest key. */
  isSignedAgain: boolean;
  setCookie: Verdict['cookie']['attributes'];
}

const isRefused = ({ sent }: Facts) => sent === 'invalid' || sent === 'malformed';
/** The library has reason to set the cookie: a changed session, unless it is new and empty, or one that was unset. */
const isDue = ({ session, isModified, isNew, isEmpty }: Facts): boolean =>
  session === 'unset' || (session === 'open' && isModified && !(isNew && isEmpty));
const isMissing = (facts: Facts): boolean => isDue(facts) && facts.setCookie === undefined;

/** Before anything else: there was no head that a cookie could go with, or nothing to put into one. */
const FIRST = [
  responsePending(
    'The connection closed, and the app has not begun the response yet: cookie-session saves when its headers are written.',
  ),
  {
    reason: 'not-accessed',
    outcome: 'none',
    when: ({ session }) => session === 'unused',
    text: 'The app did not use req.session, so cookie-session did nothing.',
  },
] as const satisfies readonly VerdictRow<Facts, 'pending' | 'none'>[];

/** Why a cookie that was due is not there; what holds of the cookie holds of the record. */
const LOST = [
  {
    reason: 'aborted',
    when: (facts) => isDue(facts) && !facts.isHeadSent,
    text: 'The connection closed before the response headers were sent, and cookie-session saves in them.',
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'too-late',
    when: (facts) => isMissing(facts) && facts.isLate,
    text: 'The session was changed after the response headers had been sent, and cookie-session saves in them.',
    fix: 'Change the session before the first byte of the response (res.write, res.flushHeaders, res.writeHead).',
  },
  {
    reason: 'secure-over-http',
    when: (facts) => isMissing(facts) && facts.isSecureCookie && !facts.isSecureRequest,
    text: 'The cookie is Secure and cookie-session takes this request for plain http: it caught the error that setting the cookie threw, and wrote it to debug() only.',
    setting: 'secure: true',
    fix: "Write secure: false during development; behind a proxy that speaks https, app.set('trust proxy', 1).",
  },
  {
    reason: 'not-serializable',
    when: isMissing,
    text: 'The session changed and no cookie was set: cookie-session caught the error that writing it threw, and wrote it to debug() only.',
    fix: 'Keep to values that JSON can hold (a bigint and a cycle are the usual causes). DEBUG=cookie-session prints the error.',
  },
] as const satisfies readonly Omit<VerdictRow<Facts, string>, 'outcome'>[];

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  ...LOST.map((row): RecordRow<Facts> => ({
    ...row,
    outcome: row.reason === 'aborted' || row.reason === 'too-late' ? 'not-saved' : 'failed',
  })),
  {
    reason: 'unset',
    outcome: 'deleted',
    when: ({ session }) => session === 'unset',
    text: 'The app set req.session to null, so the response tells the browser to drop the cookie. A copy of it stays valid: there is no record that could be deleted.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: (facts) => isDue(facts) && facts.isNew,
    text: ({ isLate }) =>
      `A new session with data in it.${isLate ? ' What was changed after the headers is not in it.' : ''}`,
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: isDue,
    text: ({ isLate }) =>
      `The session was changed.${isLate ? ' What was changed after the headers is not in it.' : ''}`,
  },
  {
    reason: 'empty-assigned',
    outcome: 'not-saved',
    when: ({ isAssigned, isNew, isEmpty, sent }) => isAssigned && isNew && isEmpty && sent !== undefined,
    text: 'req.session was set to an empty object. cookie-session takes that for a new session with nothing in it and sets no cookie, so the browser keeps the cookie that it sent.',
    fix: 'Write req.session = null to end the session.',
  },
  {
    reason: 'invalid-signature',
    outcome: 'missing',
    when: ({ isNew, sent }) => isNew && sent === 'invalid',
    text: 'The signature of the cookie is not valid for any of the keys, so the session began empty. Nothing was written to it.',
  },
  {
    reason: 'malformed',
    outcome: 'missing',
    when: (facts) => facts.isNew && isRefused(facts),
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
    text: 'The session was not changed, so the cookie was not sent again.',
  },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...CLEARED, when: ({ session, setCookie }) => session === 'unset' && setCookie !== undefined },
  {
    reason: 'modified',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The cookie holds the session, so a changed session is a new cookie.',
  },
  ...notSet<Facts>(LOST),
  {
    reason: 'signed-again',
    outcome: 'none',
    when: ({ isSignedAgain }) => isSignedAgain,
    text: 'The cookie was signed with an older key. Only its signature was sent again, made with the first one.',
    setting: 'keys',
  },
  NOTHING_TO_KEEP,
  {
    reason: 'kept',
    outcome: 'none',
    when: always,
    text: 'Nothing changed: the browser keeps the cookie that it has, and maxAge does not begin again.',
    fix: 'Where it should, change the session with each request: req.session.now = Math.floor(Date.now() / 60_000).',
  },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
