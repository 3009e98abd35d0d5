/** Puts the observer between Hono and the middleware of @hono/session. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import type { Companion } from '../../../core/companion.ts';
import { type NodePair, observeHonoMiddleware } from '../../../kit/hosts/hono.ts';
import type { RequestHost } from '../../../kit/hosts/request-channel.ts';
import { ObservedLibrary } from '../../../kit/observed-library.ts';
import { Registrations } from '../../../kit/registrations.ts';
import { guard } from '../../../kit/scope.ts';
import { coverMethod, observeAwaitedMethod } from '../../../kit/stores/callbacks.ts';
import type { Context, Middleware, Next } from '../types.ts';
import { Exchange, type Library } from './exchange.ts';
import { keyOf } from './jwe.ts';
import { useSessionLibrary } from './library.ts';
import { observeSession } from './session-surface.ts';
import type { Session, Storage, UseSessionOptions } from './types.ts';

/** The request for which the library runs, or the app in it. */
const running = new AsyncLocalStorage<Exchange>();

/** Stands for the class of the storage where there is none. */
const NO_STORAGE = {};

export type UseSessions = Registrations<Library | 'unobserved', UseSessionOptions, object>;

/** One registration for each class of storage, with its options: an app may make a storage for each request. */
export const useSessionsOf = (companion: Companion): UseSessions =>
  new Registrations(companion, (options: UseSessionOptions | undefined, storageClass: object) => {
    const { secret = process.env['AUTH_SECRET'], getCookie, setCookie, deleteCookie } = options ?? {};
    const key = secret ? keyOf(secret) : undefined;
    const hasOwnCookies = [getCookie, setCookie, deleteCookie].some((given) => given !== undefined);
    if (hasOwnCookies || (secret && key === undefined)) {
      const why = hasOwnCookies
        ? 'it reads and writes its cookie in a way of the app’s own'
        : 'its secret can’t be read';
      companion.faults.note('@hono/session', new Error(`The session is not observed: ${why}.`));
      return 'unobserved';
    }
    const storage = storageClass === NO_STORAGE ? undefined : (storageClass as { name: string }).name;
    return new ObservedLibrary(companion, useSessionLibrary(options ?? {}, key, storage)) as Library;
  });

/** In the place of the library's middleware, which looks for its storage with each request. */
export function observeUseSession(
  known: UseSessions,
  requests: RequestHost<NodePair>,
  middleware: Middleware,
  options: UseSessionOptions | undefined,
  fault: (where: string, error: unknown) => void,
): Middleware {
  const observed = new Map<Library, Middleware>();
  const observedFor = (context: Context): Middleware => {
    const storage = context.get('sessionStorage') as Storage | undefined;
    const library = known.of(options, storage?.constructor ?? NO_STORAGE);
    if (library === undefined || library === 'unobserved') return middleware;
    library.library.storage = storage;
    if (storage !== undefined) observeStorage(storage);
    let made = observed.get(library);
    if (made === undefined)
      observed.set(
        library,
        (made = observeHonoMiddleware(
          library,
          requests,
          middleware,
          (_context: Context, pair) => new Exchange(library, pair),
          (exchange, context, next) => running.run(exchange, () => run(middleware, exchange, context, next)),
        )),
      );
    return made;
  };
  const given: Middleware = (context, next) =>
    (guard({ fault }, 'useSession', () => observedFor(context)) ?? middleware)(context, next);
  return Object.defineProperty(given, 'name', { value: middleware.name, configurable: true });
}

async function run(middleware: Middleware, exchange: Exchange, context: Context, next: Next): Promise<Response | void> {
  let ofApp: { error: unknown } | undefined;
  const persisted = (error?: { error: unknown }) =>
    void guard(exchange.observed, 'persist', () =>
      exchange.persisted(context.res?.headers.getSetCookie() ?? [], error),
    );
  try {
    const result = await middleware(context, async () => {
      guard(exchange.observed, 'session', () => expose(exchange, context));
      exchange.phase = 'app';
      try {
        await next();
      } catch (error) {
        ofApp = { error };
        throw error;
      } finally {
        exchange.phase = 'end';
      }
    });
    persisted();
    return result;
  } catch (error) {
    persisted(ofApp?.error === error ? undefined : { error });
    throw error;
  }
}

/** `c.get('session')` as the app gets it. */
function expose(exchange: Exchange, context: Context): void {
  context.set('session', observeSession(context.get('session') as Session, exchange));
}

const asks = (name: string, args: readonly unknown[]) => {
  const exchange = running.getStore();
  return exchange === undefined
    ? undefined
    : guard(exchange.observed, `storage ${name}`, () => exchange.asks(name, args));
};

/** Covers what is not covered yet; safe to repeat. */
function observeStorage(storage: Storage): void {
  observeAwaitedMethod(storage, 'get', (args) => asks('get', args));
  for (const name of ['set', 'delete']) observeUnawaitedMethod(storage, name);
}

/** What it gives nobody waits for: what is no promise is not asked, and what is rejected stays as unhandled as it is. */
function observeUnawaitedMethod(storage: Storage, name: string): void {
  coverMethod(storage, name, (original) => {
    return function observed(this: unknown, ...args) {
      const call = asks(name, args);
      if (call === undefined) return Reflect.apply(original, this, args);
      let result: unknown;
      try {
        result = Reflect.apply(original, this, args);
      } catch (error) {
        call.answered(error, undefined);
        throw error;
      }
      if (!types.isPromise(result)) {
        call.answered(undefined, result);
        return result;
      }
      return result.then(
        (value) => {
          call.answered(undefined, value);
          return value;
        },
        (error: unknown) => {
          call.answered(error, undefined);
          throw error;
        },
      );
    };
  });
}
