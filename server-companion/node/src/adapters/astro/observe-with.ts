/** A middleware of Astro's that sees the session of each request. */
import type { Companion } from '../../core/companion.ts';
import { RequestExchanges, sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { Exchange, type Library } from './exchange.ts';
import { astroLibrary } from './library.ts';
import { type Covered, coverClass } from './session-methods.ts';
import { SessionRecorder } from './session-recorder.ts';
import { configOf, type Context, type Middleware, type SessionClass, type SessionConfig } from './types.ts';

/** What the copies of this adapter in one process share: an edit makes another one. */
interface Shared {
  readonly requests: RequestExchanges<Library, Exchange>;
  readonly recorders: WeakMap<object, SessionRecorder>;
  readonly classes: WeakMap<object, Covered>;
  libraryOf(config: SessionConfig): Library | undefined;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'astro', () => {
    const libraries = new Map<string, Library>();
    return {
      requests: new RequestExchanges(companion, (library, context) => new Exchange(library, context)),
      recorders: new WeakMap(),
      classes: new WeakMap(),
      libraryOf(config) {
        const { driver, cookie, ttl } = config;
        const key = JSON.stringify([driver, cookie, ttl]);
        let library = libraries.get(key);
        if (library === undefined && hasRoom(companion)) {
          library = new ObservedLibrary(companion, astroLibrary(config)) as Library;
          libraries.set(key, library);
        }
        return library;
      },
    };
  });

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith(companion: Companion): Middleware {
  const shared = sharedOf(companion);
  const noted = { fault: companion.faults.note.bind(companion.faults) };
  return function onRequest(context, next) {
    guard(noted, 'onRequest', () => begin(shared, context as Context));
    return next();
  };
}

function begin(shared: Shared, context: Context): void {
  // A page that is built ahead has none, and Astro would say so.
  if (context.isPrerendered === true) return;
  // Makes it, and asks nobody. Without one Astro says so.
  const { session } = context;
  if (session === undefined || shared.recorders.has(session)) return;
  const library = shared.libraryOf(configOf(context) ?? {});
  if (library === undefined) return;
  const exchange = shared.requests.of(library, 'onRequest');
  if (exchange === undefined) return;
  const prototype = Object.getPrototypeOf(session) as typeof session;
  let covered = shared.classes.get(prototype);
  if (covered === undefined) shared.classes.set(prototype, (covered = coverClass(prototype, shared.recorders)));
  library.library.sessionClass = session.constructor as SessionClass;
  shared.recorders.set(session, new SessionRecorder(exchange, session, covered.entries, covered.renames));
}
