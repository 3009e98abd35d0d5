/** Puts the observer between the app and a session storage of React Router's. */
import type { Companion } from '../../core/companion.ts';
import { decoded, sentCookies } from '../../core/sent-cookies.ts';
import { RequestExchanges, sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { Exchange, type Library, type Opened } from './exchange.ts';
import { isCookie, reactRouterLibrary, type StorageKind } from './library.ts';
import { observeSession } from './session-surface.ts';
import type { Cookie, CreateStorage, Session, Storage, StorageOptions } from './types.ts';

/** What the copies of this adapter in one process share: one log over each reload of the app's code. */
interface Shared {
  readonly requests: RequestExchanges<Library, Exchange>;
  readonly libraries: Map<string, Library>;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'react-router', () => ({
    requests: new RequestExchanges(companion, (library, context) => new Exchange(library, context)),
    libraries: new Map(),
  }));

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(
  companion: Companion,
  createStorage: Given,
): Given {
  const shared = sharedOf(companion);
  return new Proxy(createStorage, {
    apply(target, self: unknown, args: unknown[]) {
      const noted = { fault: companion.faults.note.bind(companion.faults) };
      const options = (args[0] ?? {}) as StorageOptions;
      const library = guard(noted, 'observe', () => libraryOf(companion, shared, target.name, options));
      const prepared = library === undefined ? args : [withCookieSeen(library, options), ...args.slice(1)];
      const storage = Reflect.apply(target as unknown as CreateStorage, self, prepared) as Storage;
      return library === undefined
        ? storage
        : (guard(noted, 'observe', () => observeStorage(companion, shared, library, storage)) ?? storage);
    },
  });
}

/** A `Cookie` of the app's keeps its secrets to itself: what its `parse` makes of each value is seen. */
function withCookieSeen({ library }: Library, options: StorageOptions): StorageOptions {
  const { cookie } = options;
  if (!isCookie(cookie)) return options;
  const seen: Cookie = new Proxy(cookie, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'parse') return typeof value === 'function' ? value.bind(target) : value;
      return async (header: string | null, ...rest: [object?]): Promise<unknown> => {
        const content = await target.parse(header, ...rest);
        const [sent] = header ? sentCookies(header, library.cookieName) : [];
        if (sent !== undefined) library.learn(decoded(sent), content === null ? 'refused' : 'accepted');
        return content;
      };
    },
  });
  return { ...options, cookie: seen };
}

/** One for each cookie and kind of storage: an edit of the app's code makes its storage again. */
function libraryOf(
  companion: Companion,
  { libraries }: Shared,
  storage: string,
  options: StorageOptions,
): Library | undefined {
  const kind: StorageKind = storage === 'createCookieSessionStorage' ? 'cookie' : 'id';
  const key = JSON.stringify([storage, options.cookie?.name]);
  let library = libraries.get(key);
  if (library === undefined && hasRoom(companion)) {
    library = new ObservedLibrary(companion, reactRouterLibrary(storage, kind, options)) as Library;
    libraries.set(key, library);
  }
  return library;
}

/** By the session that the app has: the library's own, and the exchange in which it was made. */
const given = new WeakMap<object, { exchange: Exchange; opened: Opened }>();

function observeStorage(companion: Companion, { requests }: Shared, library: Library, storage: Storage): Storage {
  const { getSession, commitSession, destroySession } = storage;
  const noted = { fault: companion.faults.note.bind(companion.faults) };
  return {
    ...storage,
    getSession: async function observedGetSession(header, ...options) {
      const call = guard(noted, 'getSession', () => {
        const exchange = requests.of(library, 'getSession');
        return exchange && { exchange, source: companion.sources.take(observedGetSession) };
      });
      const raw = await Reflect.apply(getSession, storage, [header, ...options]);
      if (call === undefined) return raw;
      const { exchange, source } = call;
      return (
        guard(exchange.observed, 'getSession', () => {
          const opened = exchange.opened(raw, header, source);
          const session = observeSession(raw, exchange.observed, opened.session);
          given.set(session, { exchange, opened });
          return session;
        }) ?? raw
      );
    },
    commitSession: async function observedCommit(session, ...options) {
      const known = given.get(session);
      const run = (raw: Session) => Reflect.apply(commitSession, storage, [raw, ...options]);
      if (known === undefined) return run(session);
      return known.exchange.commit(known.opened, observedCommit, () => run(known.opened.raw));
    },
    destroySession: async function observedDestroy(session, ...options) {
      const known = given.get(session);
      const run = (raw: Session) => Reflect.apply(destroySession, storage, [raw, ...options]);
      if (known === undefined) return run(session);
      return known.exchange.destroy(known.opened, observedDestroy, () => run(known.opened.raw));
    },
  };
}
