/** Why the response set the session's cookie or not: express-session's own rules, in the order in which they decide. */
import { isExpired } from '../../core/set-cookie.ts';
import { CLEARED } from '../../kit/verdict/rows.ts';
import { always, type CookieRow as Row } from '../../kit/verdict/table.ts';
import type { Facts } from './facts.ts';
import { SKIPPED } from './skipped.ts';

type CookieRow = Row<Facts>;

const isSet = ({ setCookie }: Facts): boolean => setCookie !== undefined;

const SET: readonly CookieRow[] = [
  { ...CLEARED, when: ({ setCookie, now }) => setCookie !== undefined && isExpired(setCookie, now) },
  {
    reason: 'new-key',
    outcome: 'set',
    when: (facts) => isSet(facts) && facts.isNewKey,
    text: 'The session has a key that the browser does not know yet.',
  },
  {
    reason: 'rolling',
    outcome: 'set',
    when: (facts) => isSet(facts) && facts.settings.rolling,
    text: 'Every response refreshes the cookie.',
    setting: 'rolling: true',
  },
  {
    reason: 'modified',
    outcome: 'set',
    when: (facts) => isSet(facts) && facts.hasExpiry && facts.isModified,
    text: 'The session changed and has an expiry, so its cookie is sent again with a new one.',
  },
  {
    reason: 'app-set',
    outcome: 'set',
    when: isSet,
    text: 'The response sets it; express-session had no reason to.',
  },
];

/** No cookie was due. */
const NOT_DUE: readonly CookieRow[] = [
  ...SKIPPED.map(({ fix: _fix, ...row }) => row),
  {
    reason: 'load-pending',
    outcome: 'pending',
    when: ({ isUndecided, phase }) => isUndecided && phase === 'loading',
    text: 'The app has not seen the request yet.',
  },
  {
    reason: 'no-response',
    outcome: 'none',
    when: ({ isResponse }) => !isResponse,
    text: 'There is no response that could set a cookie.',
  },
  {
    reason: 'no-session',
    outcome: 'none',
    when: ({ hasSession }) => !hasSession,
    text: 'There was no req.session to set a cookie for. The browser keeps the cookie that it has.',
  },
  {
    reason: 'bogus-key',
    outcome: 'none',
    when: ({ hasKey }) => !hasKey,
    text: 'A session whose ID is not a string gets no cookie.',
  },
  {
    reason: 'kept',
    outcome: 'none',
    when: ({ isNewKey }) => !isNewKey,
    text: ({ hasExpiry }) =>
      hasExpiry
        ? 'The browser has this cookie already. It is sent again where the session changed, or with rolling: true.'
        : 'The browser has this cookie already, and keeps it until it closes.',
    setting: ({ settings }) => `rolling: ${settings.rolling}`,
  },
  {
    reason: 'uninitialized',
    outcome: 'none',
    when: ({ isModified, settings }) => !isModified && !settings.saveUninitialized,
    text: 'A new session that nothing was written to gets no cookie.',
    setting: 'saveUninitialized: false',
  },
];

/** One was due, and the response bears none. */
const DUE: readonly CookieRow[] = [
  {
    reason: 'secure-over-http',
    outcome: 'not-set',
    due: true,
    when: ({ isSecureCookie, isSecureRequest }) => isSecureCookie && !isSecureRequest,
    text: 'The cookie is Secure and express-session takes this request for plain http, so it set none. Each request starts a new session.',
    setting: 'cookie.secure: true',
    fix: ({ forwardedProto }) =>
      String(forwardedProto ?? '').startsWith('https')
        ? "A proxy says https (X-Forwarded-Proto) and is not trusted: app.set('trust proxy', 1)."
        : "Serve https, or write cookie: { secure: 'auto' }.",
  },
  {
    reason: 'headers-already-sent',
    outcome: 'not-set',
    due: true,
    when: ({ wasDueAtHeaders }) => !wasDueAtHeaders,
    text: 'The session was made or first changed after the response headers had been sent. The record was saved, the cookie could not be.',
    fix: 'Change the session before the first byte of the response (res.write, res.flushHeaders, res.writeHead).',
  },
  {
    reason: 'aborted',
    outcome: 'not-set',
    due: true,
    when: ({ ending }) => ending === 'aborted',
    text: 'The connection closed before the headers were sent.',
  },
  {
    reason: 'removed',
    outcome: 'not-set',
    due: true,
    when: always,
    text: 'express-session had reason to set the cookie, and the response bears none: other code took the Set-Cookie header off, or serializing it failed.',
    fix: 'Look for code that replaces Set-Cookie, and for an error about an invalid cookie option.',
  },
];

export const COOKIE: readonly CookieRow[] = [...SET, ...NOT_DUE, ...DUE];
