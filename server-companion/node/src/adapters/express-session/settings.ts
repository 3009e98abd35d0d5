/** express-session's options as the verdict and the panel need them, with the library's own defaults. */
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { RequestLike, SessionOptions } from './types.ts';

export interface Settings {
  cookieName: string;
  /** Empty: express-session takes `req.secret`, which a cookie parser sets. */
  secrets: readonly string[];
  resave: boolean;
  rolling: boolean;
  saveUninitialized: boolean;
  unset: 'destroy' | 'keep';
  proxy: boolean | undefined;
  /** Path of the cookie; `undefined` where a function decides it for each request. */
  cookiePath: string | undefined;
}

export function readSettings(options: SessionOptions = {}): Settings {
  const { secret, cookie } = options;
  return {
    cookieName: options.name || options.key || 'connect.sid',
    secrets: Array.isArray(secret) ? secret : secret ? [secret] : [],
    // express-session 1.19: both default to true, with a deprecation warning.
    resave: options.resave ?? true,
    rolling: Boolean(options.rolling),
    saveUninitialized: options.saveUninitialized ?? true,
    unset: options.unset === 'destroy' ? 'destroy' : 'keep',
    proxy: options.proxy,
    cookiePath: typeof cookie === 'function' ? undefined : (cookie?.path ?? '/'),
  };
}

const COOKIE_OPTIONS = ['maxAge', 'secure', 'sameSite', 'httpOnly', 'path', 'domain'];

/** For people: options that decide, as written in code. Secrets are left out. */
export function describeSettings(
  settings: Settings,
  { cookie, store, genid }: SessionOptions = {},
): Record<string, string> {
  const shown: Record<string, string> = {
    resave: String(settings.resave),
    rolling: String(settings.rolling),
    saveUninitialized: String(settings.saveUninitialized),
    unset: `'${settings.unset}'`,
    proxy: String(settings.proxy),
  };
  if (typeof cookie === 'function') shown['cookie'] = 'a function of the request';
  else Object.assign(shown, settingsAsCode(cookie ?? {}, COOKIE_OPTIONS, 'cookie.'));
  if (genid !== undefined) shown['genid'] = 'a function of the app';
  if (store === undefined) shown['store'] = 'the default MemoryStore';
  return shown;
}

/** Whether express-session takes the request for https: its own rule, from `issecure`. */
export function isSecure(request: RequestLike, proxy: boolean | undefined): boolean {
  if ((request.socket as { encrypted?: boolean } | undefined)?.encrypted) return true;
  if (proxy === false) return false;
  if (proxy !== true) return request.secure === true;
  const forwarded = request.headers['x-forwarded-proto'];
  const [first = ''] = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',');
  return first.toLowerCase().trim() === 'https';
}
