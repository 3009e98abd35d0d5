/** A plugin of better-auth's that sees its sessions. */
import type { Companion } from '../../core/companion.ts';
import { RequestExchanges, sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { type Below, guard, round } from '../../kit/scope.ts';
import { type Call, Exchange, type Library } from './exchange.ts';
import { betterAuthLibrary } from './library.ts';
import type { AuthContext, EndpointContext, InternalAdapter, Plugin, SessionRow, SessionWithUser } from './types.ts';

/** What the copies of this adapter in one process share: an edit makes another one. */
interface Shared {
  readonly requests: RequestExchanges<Library, Exchange>;
  /** By the adapter that it is made on: one for each `betterAuth()`. */
  readonly libraries: WeakMap<InternalAdapter, Library>;
  /** By secret, cookie and database: `betterAuth()` is called again with each edit. */
  readonly known: Map<string, Library>;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'better-auth', () => ({
    requests: new RequestExchanges(companion, (library, context) => new Exchange(library, context)),
    libraries: new WeakMap(),
    known: new Map(),
  }));

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith(companion: Companion): Plugin {
  const shared = sharedOf(companion);
  const noted = { fault: companion.faults.note.bind(companion.faults) };
  const every = () => true;
  return {
    id: 'sessionscope',
    hooks: {
      before: [
        {
          matcher: every,
          async handler({ context }) {
            guard(noted, 'before an endpoint', () => begin(companion, shared, context));
          },
        },
      ],
      after: [
        {
          matcher: every,
          async handler(called) {
            guard(noted, 'after an endpoint', () => end(companion, shared, called));
            return {};
          },
        },
      ],
    },
  };
}

function begin(companion: Companion, shared: Shared, context: AuthContext): void {
  const { internalAdapter } = context;
  let library = shared.libraries.get(internalAdapter);
  if (library === undefined) {
    const { secret, authCookies, adapter } = context;
    const key = JSON.stringify([secret, authCookies.sessionToken.name, adapter.id]);
    const { findSession } = internalAdapter;
    library = shared.known.get(key);
    if (library === undefined) {
      if (!hasRoom(companion)) return;
      library = new ObservedLibrary(companion, betterAuthLibrary(context, findSession)) as Library;
      shared.known.set(key, library);
    }
    shared.libraries.set(internalAdapter, library);
    observeAdapter(companion, shared, library, internalAdapter);
  }
  shared.requests.of(library, 'auth');
}

function end(companion: Companion, shared: Shared, { context, path }: EndpointContext): void {
  const { session, internalAdapter } = context;
  const library = shared.libraries.get(internalAdapter);
  if (library === undefined || session?.session === undefined) return;
  const exchange = shared.requests.of(library, 'auth');
  exchange?.foundInCookie(session, path ?? 'auth', companion.sources.take(end));
}

type Note = (exchange: Exchange, args: readonly unknown[], result: unknown, call: Call) => void;

const NOTES: Readonly<Record<keyof InternalAdapter, Note>> = {
  createSession: (exchange, _args, row, call) => exchange.created(row as SessionRow, call),
  findSession: (exchange, [token], found, call) => exchange.found(String(token), found as SessionWithUser | null, call),
  updateSession: (exchange, [token, change], row, call) =>
    exchange.updated(String(token), change as object, row as SessionRow | null, call),
  deleteSession: (exchange, [token], _result, call) => exchange.deleted([String(token)], call),
  deleteSessions: (exchange, [tokens], _result, call) => exchange.deleted((tokens as unknown[]).map(String), call),
  deleteUserSessions: (exchange, [userId], _result, call) => exchange.deletedOf(String(userId), call),
};

/** Each call is passed on as it is; what it gives is seen. */
function observeAdapter(companion: Companion, shared: Shared, library: Library, adapter: InternalAdapter): void {
  const noted = { fault: companion.faults.note.bind(companion.faults) };
  for (const name of Object.keys(NOTES) as (keyof InternalAdapter)[]) {
    const original = adapter[name] as (...args: unknown[]) => Promise<unknown>;
    const observed = (...args: unknown[]): Promise<unknown> => {
      const begun = guard(noted, name, () => beginCall(companion, shared, library, name, observed));
      const result = Reflect.apply(original, adapter, args);
      if (begun === undefined) return result;
      const { exchange, call } = begun;
      return result.then(
        (value) => {
          guard(exchange.observed, name, () => NOTES[name](exchange, args, value, call()));
          return value;
        },
        (error: unknown) => {
          const token = typeof args[0] === 'string' && name !== 'createSession' && name !== 'deleteUserSessions';
          guard(exchange.observed, name, () => exchange.failed(token ? String(args[0]) : undefined, error, call()));
          throw error;
        },
      );
    };
    Object.defineProperty(observed, 'name', { value: original.name, configurable: true });
    Object.assign(adapter, { [name]: observed });
  }
}

function beginCall(companion: Companion, shared: Shared, library: Library, name: string, below: Below) {
  const exchange = shared.requests.of(library, name);
  if (exchange === undefined) return undefined;
  const source = companion.sources.take(below);
  const startedAt = performance.now();
  return { exchange, call: (): Call => ({ name, source, durationMs: round(performance.now() - startedAt) }) };
}
