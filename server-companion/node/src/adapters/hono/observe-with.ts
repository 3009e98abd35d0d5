/** Puts the observer between Hono and the middleware of hono-sessions, or of @hono/session. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Companion } from '../../core/companion.ts';
import { type NodePair, observeHonoMiddleware, observeNodeRequests } from '../../kit/hosts/hono.ts';
import { observeFactory } from '../../kit/hosts/middleware.ts';
import type { RequestHost } from '../../kit/hosts/request-channel.ts';
import { sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { type AnyStore, observeAwaitedMethod } from '../../kit/stores/callbacks.ts';
import { Exchange, type Library, ROTATION } from './exchange.ts';
import { honoSessionsLibrary } from './library.ts';
import type { Context, Middleware, Session, SessionsOptions } from './types.ts';
import type { UseSessionOptions } from './use-session/types.ts';
import { observeUseSession, type UseSessions, useSessionsOf } from './use-session/observe-middleware.ts';

/** The request for which the library runs, or the app in it. */
const running = new AsyncLocalStorage<Exchange>();

/** What the app's functions have given the library as its key: they are not called for us. */
const givenKeys = new WeakMap<() => string, string>();

/** The options as the library gets them. */
function withKeySeen([options, ...rest]: readonly unknown[]): readonly unknown[] {
  const { encryptionKey } = (options ?? {}) as Partial<SessionsOptions>;
  if (typeof encryptionKey !== 'function') return [options, ...rest];
  const seen = (): string => {
    const key = encryptionKey();
    givenKeys.set(seen, key);
    return key;
  };
  return [{ ...(options as SessionsOptions), encryptionKey: seen }, ...rest];
}

/** What the copies of this adapter in one process share. */
interface Shared {
  readonly requests: RequestHost<NodePair>;
  readonly registrations: Registrations<Library, SessionsOptions, AnyStore>;
  readonly useSessions: UseSessions;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'hono', () => ({
    requests: observeNodeRequests(companion),
    registrations: new Registrations(companion, (options: SessionsOptions | undefined, store: AnyStore) => {
      const { encryptionKey } = options!;
      const key = typeof encryptionKey === 'function' ? givenKeys.get(encryptionKey) : encryptionKey;
      observeStore(store);
      return new ObservedLibrary(companion, honoSessionsLibrary({ ...options!, store }, key)) as Library;
    }),
    useSessions: useSessionsOf(companion),
  }));

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(companion: Companion, factory: Given): Given {
  const { requests, registrations, useSessions } = sharedOf(companion);
  const observe = (middleware: Middleware, [given]: readonly unknown[]): Middleware => {
    const options = given as SessionsOptions;
    // hono-sessions has no session without a store; @hono/session knows no such option.
    if (options?.store === undefined)
      return observeUseSession(
        useSessions,
        requests,
        middleware,
        given as UseSessionOptions | undefined,
        (where, error) => companion.faults.note(where, error),
      );
    const library = registrations.of(options, options.store);
    if (library === undefined) return middleware;
    return observeHonoMiddleware(
      library,
      requests,
      middleware,
      (context: Context, pair) => new Exchange(library, context, pair),
      (exchange, context, next) =>
        running.run(exchange, () =>
          middleware(context, async () => {
            guard(exchange.observed, 'session', () => expose(exchange, context));
            try {
              await next();
            } finally {
              exchange.phase = 'end';
            }
          }),
        ),
    );
  };
  return observeFactory(companion, factory, observe, withKeySeen);
}

/** `c.get('session')` as the app gets it. */
function expose(exchange: Exchange, context: Context): void {
  const { set } = context;
  set.call(context, 'session', exchange.opened(context.get('session') as Session));
  const setVariable: Context['set'] = (name, value) => {
    if (name === ROTATION && value === true)
      guard(exchange.observed, ROTATION, () => exchange.rotates(exchange.observed.companion.sources.take(setVariable)));
    set.call(context, name, value);
  };
  context.set = setVariable;
}

const CALLS = ['getSessionById', 'createSession', 'persistSessionData', 'deleteSession'] as const;

/** Covers what is not covered yet; safe to repeat. */
function observeStore(store: AnyStore): void {
  for (const name of CALLS)
    observeAwaitedMethod(store, name, (args) => {
      const exchange = running.getStore();
      return exchange === undefined
        ? undefined
        : guard(exchange.observed, `store ${name}`, () => exchange.asks(name, args));
    });
}
