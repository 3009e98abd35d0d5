/** Puts the observer between the app and getIronSession. */
import type { Companion } from '../../core/companion.ts';
import { RequestExchanges, sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { observeShadowedBag } from '../../kit/surfaces/shadowed-bag.ts';
import { accessOf, type CookieAccess } from './cookie-access.ts';
import { Exchange, type Library, type Opened } from './exchange.ts';
import { ironLibrary, isData } from './library.ts';
import type { GetIronSession, IronOptions, IronSession } from './types.ts';

/** What the copies of this adapter in one process share. */
interface Shared {
  readonly requests: RequestExchanges<Library, Exchange>;
  /** By the cookie's name and the password: one session of the app, whatever ttl a call gives it. */
  libraryOf(options: IronOptions): Library | undefined;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'iron-session', () => {
    const libraries = new Map<string, Library>();
    return {
      requests: new RequestExchanges(companion, (library, context) => new Exchange(library, context)),
      libraryOf(options) {
        const { cookieName, password } = options;
        // What iron-session refuses it refuses itself.
        if (typeof cookieName !== 'string' || !isPassword(password)) return undefined;
        const key = JSON.stringify([cookieName, password]);
        let library = libraries.get(key);
        if (library === undefined && hasRoom(companion)) {
          library = new ObservedLibrary(companion, ironLibrary(options)) as Library;
          libraries.set(key, library);
        }
        return library;
      },
    };
  });

const isPassword = (password: unknown): password is IronOptions['password'] =>
  typeof password === 'string' || (typeof password === 'object' && password !== null);

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(
  companion: Companion,
  getIronSession: Given,
): Given {
  const shared = sharedOf(companion);
  const observed: Given = new Proxy(getIronSession, {
    apply(target, self: unknown, args: unknown[]) {
      const call = guard({ fault: companion.faults.note.bind(companion.faults) }, 'getIronSession', () =>
        callOf(companion, shared, args, observed),
      );
      if (call === undefined) return Reflect.apply(target, self, args as never[]) as unknown;
      const { exchange, access, source } = call;
      const made = Reflect.apply(target as unknown as GetIronSession, self, access.args);
      return made.then(
        (raw) =>
          guard(exchange.observed, 'getIronSession', () =>
            exposed(exchange, exchange.opened(raw, ironLibrary(access.options!), access, source), raw),
          ) ?? raw,
      );
    },
  });
  return observed;
}

interface Call {
  exchange: Exchange;
  access: CookieAccess;
  source: ReturnType<Companion['sources']['take']>;
}

function callOf(
  companion: Companion,
  shared: Shared,
  args: readonly unknown[],
  below: (...args: never[]) => unknown,
): Call | undefined {
  const [first, second] = args;
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return undefined;
  const access = accessOf(args);
  const library = access.options === undefined ? undefined : shared.libraryOf(access.options);
  if (library === undefined) return undefined;
  const exchange = shared.requests.of(library, 'getIronSession', access.given);
  if (exchange === undefined) return undefined;
  return { exchange, access, source: companion.sources.take(below) };
}

/** The session as the app gets it. */
function exposed(exchange: Exchange, opened: Opened, raw: IronSession): IronSession {
  const methods = new Map<string, unknown>();
  const member = (name: string, value: unknown): unknown => {
    if (typeof value !== 'function') return value;
    const known = methods.get(name);
    if (known !== undefined) return known;
    const observed = observedMethod(exchange, opened, name, value as (...args: unknown[]) => unknown);
    methods.set(name, observed);
    return observed;
  };
  return observeShadowedBag(raw, exchange.observed, opened.session, { isData, member });
}

/** One function for one method, with its name, length and properties. */
function observedMethod(
  exchange: Exchange,
  opened: Opened,
  name: string,
  method: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  const observed: typeof method = new Proxy(method, {
    apply(target, self: unknown, args: unknown[]) {
      const run = () => Reflect.apply(target, self, args);
      if (name === 'save') return exchange.save(opened, observed, run as () => Promise<void>);
      if (name === 'destroy') return exchange.destroy(opened, observed, run);
      if (name === 'updateConfig') {
        const library = guard(exchange.observed, 'updateConfig', () => ironLibrary(args[0] as IronOptions));
        return exchange.updateConfig(opened, library, observed, run);
      }
      return run();
    },
  });
  return observed;
}
