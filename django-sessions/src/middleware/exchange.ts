/** Django's `SessionMiddleware`, for any framework: a session for a request, and what its response needs at the end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringifySetCookie } from 'cookie';
import { SessionInterrupted, UpdateError } from '../errors.ts';
import { type ExchangeObserver, type HeaderChange, type SessionVerdict, notify } from '../observer.ts';
import { SessionCalls } from '../session-calls.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../core.ts';
import type { Settings } from '../settings.ts';
import { readCookie } from './request-cookie.ts';

/** What a framework knows of a request. */
export interface RequestParts {
  cookieHeader: string | undefined;
  host: string | undefined;
  method: string;
  url: string;
  isSecure: boolean;
  request?: IncomingMessage | undefined;
  response?: ServerResponse | undefined;
  mount?: string | undefined;
  fetchRequest?: Request | undefined;
  changeHeader(name: string, change: HeaderChange): void;
}

/** What the response needs before its headers leave. */
export interface ResponseChanges {
  varyOnCookie: boolean;
  setCookie?: string;
}

/** RFC 6265 asks browsers for at least 4096 bytes a cookie; Chromium, Firefox and Safari drop what is longer. */
export const MAX_COOKIE_BYTES = 4096;

export interface SessionExchange<Data extends object> {
  readonly session: Session<Data>;
  /**
   * Once, when the response's status is known and before its headers leave: saves the session where it must be.
   * Rejects with `SessionInterrupted` where it was deleted meanwhile, and with what the store throws. A promise only
   * where there is something to save.
   */
  finish(status: number): ResponseChanges | Promise<ResponseChanges>;
  /** Runs the rest of the request. */
  run<T>(next: () => T): T;
}

/** Begins a request. Touches no store. */
export function beginExchange<Data extends object>(
  sessions: Sessions<Data>,
  parts: RequestParts,
): SessionExchange<Data> {
  const { settings } = sessions;
  const cookie = readCookie(parts.cookieHeader, settings.cookieName);
  let observer: ExchangeObserver | undefined;
  if (settings.observer?.exchange === undefined) {
    const session = sessions.openFor(cookie, undefined);
    return makeExchange(settings, session, cookie, parts.isSecure, undefined);
  }
  // The observer looks at the session, and the session notifies the observer: each is there before the other is used.
  let observing: ExchangeObserver | undefined;
  observer = {
    operation: (operation) => observing?.operation(operation),
    mark: (...args) => observing?.mark?.(...args),
    recorded: (session) => observing?.recorded?.(session),
  };
  const session = sessions.openFor(cookie, observer);
  const { request, response, fetchRequest, mount, method, url, isSecure, cookieHeader, host } = parts;
  observing = notify(() =>
    settings.observer!.exchange!({
      method,
      url,
      isSecure,
      cookieHeader,
      cookie,
      host,
      session,
      changeHeader: parts.changeHeader,
      ...(request === undefined ? {} : { request }),
      ...(response === undefined ? {} : { response }),
      ...(fetchRequest === undefined ? {} : { fetchRequest }),
      ...(mount === undefined ? {} : { mount }),
    }),
  );
  return makeExchange(settings, session, cookie, isSecure, observing);
}

function makeExchange<Data extends object>(
  settings: Settings,
  session: Session<Data>,
  cookie: string | undefined,
  isSecureRequest: boolean,
  observer: ExchangeObserver | undefined,
): SessionExchange<Data> {
  const isSecure = settings.cookieSecure === 'auto' ? isSecureRequest : settings.cookieSecure;
  const reportVerdict = (status: number, changes: ResponseChanges, verdict: Partial<SessionVerdict>) => {
    if (observer?.finished === undefined) return;
    notify(() =>
      observer.finished!({
        saved: false,
        reason: 'untouched',
        cookie: 'none',
        isTooLong: false,
        status,
        variesOnCookie: changes.varyOnCookie,
        ...(changes.setCookie === undefined ? {} : { setCookie: changes.setCookie }),
        ...verdict,
      }),
    );
  };

  /** Django's order: the age is asked for before the session is saved. */
  const save = async (status: number, reason: SessionVerdict['reason']): Promise<ResponseChanges> => {
    const changes: ResponseChanges = { varyOnCookie: session.accessed };
    try {
      const atBrowserClose = await session.asFramework(() => session.getExpireAtBrowserClose());
      const maxAge = atBrowserClose ? undefined : Math.trunc(await session.asFramework(() => session.getExpiryAge()));
      if (status >= 500) {
        reportVerdict(status, changes, { reason: 'server-error' });
        return changes;
      }
      await session.asFramework(() => session.save());
      changes.varyOnCookie = true;
      changes.setCookie = sessionCookie(settings, session.sessionKey ?? '', maxAge, isSecure);
    } catch (error) {
      const thrown = error instanceof UpdateError ? new SessionInterrupted({ cause: error }) : error;
      reportVerdict(status, changes, {
        reason: thrown instanceof SessionInterrupted ? 'interrupted' : 'failed',
        error: thrown,
      });
      throw thrown;
    }
    const isTooLong = Buffer.byteLength(changes.setCookie) > MAX_COOKIE_BYTES;
    if (isTooLong)
      settings.logger.warn(
        `The session's cookie is ${Buffer.byteLength(changes.setCookie)} bytes: browsers drop cookies over ${MAX_COOKIE_BYTES}. Store less, or use another engine.`,
      );
    reportVerdict(status, changes, { saved: true, reason, cookie: 'set', isTooLong });
    return changes;
  };

  const calls = new SessionCalls(settings.logger);
  session.inRequest(calls);

  const decide = (status: number): ResponseChanges | Promise<ResponseChanges> => {
    const { accessed, modified } = session;
    const isEmpty = session.isEmpty();
    if (cookie !== undefined && isEmpty) {
      const changes = { varyOnCookie: true, setCookie: deletedCookie(settings, isSecureRequest) };
      reportVerdict(status, changes, { reason: 'empty', cookie: 'deleted' });
      return changes;
    }
    if ((modified || settings.saveEveryRequest) && !isEmpty)
      return save(status, modified ? 'modified' : 'save-every-request');
    const changes = { varyOnCookie: accessed };
    reportVerdict(status, changes, { reason: isEmpty && modified ? 'empty' : accessed ? 'not-modified' : 'untouched' });
    return changes;
  };

  /** What was called without `await` is part of the request. */
  const settleAndDecide = async (status: number): Promise<ResponseChanges> => {
    try {
      await calls.settle();
    } catch (error) {
      // A response that says so already is left as it is.
      if (status < 500) {
        reportVerdict(status, { varyOnCookie: session.accessed }, { reason: 'failed', error });
        throw error;
      }
    }
    return decide(status);
  };

  return {
    session,
    run: <T>(next: () => T): T => (observer?.run === undefined ? next() : observer.run(next)),
    finish(status) {
      const changes = calls.isSettled ? decide(status) : settleAndDecide(status);
      if (changes instanceof Promise) return changes.finally(() => calls.end());
      calls.end();
      return changes;
    },
  };
}

function sessionCookie(settings: Settings, value: string, maxAge: number | undefined, secure: boolean): string {
  return stringifySetCookie(
    {
      name: settings.cookieName,
      value,
      ...shared(settings),
      ...(maxAge === undefined ? {} : { maxAge, expires: new Date(Date.now() + maxAge * 1000) }),
      secure,
      httpOnly: settings.cookieHttpOnly,
    },
    { encode: String },
  );
}

/** Django's `delete_cookie`: `Secure` only where browsers would ignore the deletion without it. */
function deletedCookie(settings: Settings, isSecureRequest: boolean): string {
  return stringifySetCookie({
    name: settings.cookieName,
    value: '',
    ...shared(settings),
    maxAge: 0,
    expires: new Date(0),
    secure:
      /^__(?:Secure|Host)-/.test(settings.cookieName) ||
      (settings.cookieSameSite === 'None' && (settings.cookieSecure !== 'auto' || isSecureRequest)),
  });
}

function shared({ cookieDomain, cookiePath, cookieSameSite }: Settings) {
  return {
    path: cookiePath,
    ...(cookieDomain === undefined ? {} : { domain: cookieDomain }),
    ...(cookieSameSite === false ? {} : { sameSite: cookieSameSite.toLowerCase() as 'lax' | 'strict' | 'none' }),
  };
}

/** A `Vary` header with `Cookie` among its names: Django's `patch_vary_headers`. */
export function varyWithCookie(vary: string | undefined): string {
  const names = (vary ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.includes('*')) return '*';
  return names.some((name) => name.toLowerCase() === 'cookie') ? names.join(', ') : [...names, 'Cookie'].join(', ');
}
