/** Puts the observer between the app and h3's session functions. */
import type { Companion } from '../../core/companion.ts';
import { RequestExchanges, sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { type Below, guard } from '../../kit/scope.ts';
import type { Call } from './call.ts';
import { accessOf, type EventAccess } from './event-access.ts';
import { Exchange, type Library } from './exchange.ts';
import { exposedData, exposedManager, exposedSession } from './exposed.ts';
import { DEFAULT_NAME, h3Library } from './library.ts';
import { SelfRequests } from './self-requests.ts';
import type { Manager, RawSession, SessionConfig } from './types.ts';

/** What the copies of this adapter in one process share. */
interface Shared {
  readonly requests: RequestExchanges<Library, Exchange>;
  readonly selfRequests: SelfRequests;
  /** By the session's name and password: one session of the app, whatever end a call gives it. */
  libraryOf(config: SessionConfig, major: 1 | 2): Library | undefined;
}

const sharedOf = (companion: Companion): Shared =>
  sharedBy(companion, 'h3', () => {
    const libraries = new Map<string, Library>();
    return {
      requests: new RequestExchanges(companion, (library, context) => new Exchange(library, context)),
      selfRequests: new SelfRequests(),
      libraryOf(config, major) {
        const { name = DEFAULT_NAME, password } = config;
        // What h3 refuses it refuses itself.
        if (typeof name !== 'string' || typeof password !== 'string') return undefined;
        const key = JSON.stringify([name, password, major]);
        let library = libraries.get(key);
        if (library === undefined && hasRoom(companion)) {
          library = new ObservedLibrary(companion, h3Library(config, major)) as Library;
          libraries.set(key, library);
        }
        return library;
      },
    };
  });

type Arguments = [event: object, config: SessionConfig, ...rest: unknown[]];
type Run = (...args: unknown[]) => unknown;
/** A call of the app's, its exchange, and what runs the library's function with these arguments. */
interface Begun {
  readonly exchange: Exchange;
  readonly call: Call;
  readonly args: Arguments;
  readonly run: Run;
  /** Makes a call of its own, by a method of what this one gave. */
  readonly again: (name: string, below: Below) => Call;
}

const FUNCTIONS = {
  useSession: ({ exchange, call, args, run, again }: Begun): unknown =>
    exchange
      .ask(call, () => run(...args) as Promise<Manager>)
      .then((raw) => guard(exchange.observed, 'useSession', () => managed(exchange, call, raw, again)) ?? raw),
  getSession: ({ exchange, call, args, run }: Begun): unknown =>
    exchange.ask(call, () => run(...args) as Promise<RawSession>).then((raw) => given(exchange, call, raw)),
  updateSession: ({ exchange, call, args: [event, config, change], run }: Begun): unknown =>
    updated(exchange, call, change, (...changes) => run(event, config, ...changes)).then((raw) =>
      given(exchange, call, raw as RawSession),
    ),
  sealSession: ({ exchange, call, args, run }: Begun): unknown =>
    exchange.seal(call, () => run(...args) as Promise<string>),
  clearSession: ({ exchange, call, args, run }: Begun): unknown => exchange.clear(call, () => run(...args)),
} as const;

const NAMES = Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[];

/** A bundler may have put a number behind it, or another name in its place: then it is the usual one. */
const nameOf = ({ name }: { readonly name?: string }): keyof typeof FUNCTIONS =>
  NAMES.find((known) => name === known || name?.startsWith(`${known}$`)) ?? 'useSession';

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<H3 extends object>(companion: Companion, h3: H3): H3 {
  const shared = sharedOf(companion);
  if (typeof h3 === 'function') return observedFunction(companion, shared, nameOf(h3), h3 as unknown as Run) as H3;
  const observed = { ...h3 } as Record<string, unknown>;
  for (const name of NAMES) {
    const bare = observed[name];
    if (typeof bare === 'function') observed[name] = observedFunction(companion, shared, name, bare as Run);
  }
  return observed as H3;
}

function observedFunction(companion: Companion, shared: Shared, name: keyof typeof FUNCTIONS, bare: Run): Run {
  const noted = { fault: companion.faults.note.bind(companion.faults) };
  const observed: Run = new Proxy(bare, {
    apply(target, self: unknown, args: unknown[]) {
      const run: Run = (...more) => Reflect.apply(target, self, more);
      const begun = guard(noted, name, () => begin(companion, shared, name, args, observed));
      return begun === undefined ? run(...args) : FUNCTIONS[name]({ ...begun, args: args as Arguments, run });
    },
  });
  return observed;
}

function begin(
  companion: Companion,
  shared: Shared,
  name: string,
  [event, config]: readonly unknown[],
  below: Below,
): Pick<Begun, 'exchange' | 'call' | 'again'> | undefined {
  if (typeof event !== 'object' || event === null || typeof config !== 'object' || config === null) return undefined;
  const access: EventAccess = accessOf(event);
  const library = shared.libraryOf(config as SessionConfig, access.major);
  if (library === undefined) return undefined;
  // Taken for a part of the request around it, it would seem to change that one's session.
  if (shared.selfRequests.has(access, shared.requests.around)) return undefined;
  const exchange = shared.requests.of(library, name, access.given);
  if (exchange === undefined) return undefined;
  const again = (called: string, from: Below): Call => ({
    access,
    config: config as SessionConfig,
    name: called,
    source: companion.sources.take(from),
  });
  return { exchange, call: again(name, below), again };
}

/** What h3 gave, as the app gets it. */
const given = (exchange: Exchange, call: Call, raw: RawSession): RawSession =>
  guard(exchange.observed, call.name, () => {
    const opened = exchange.open(call);
    return opened?.raw === raw ? exposedSession(exchange, opened) : raw;
  }) ?? raw;

function managed(exchange: Exchange, call: Call, raw: Manager, again: Begun['again']): Manager {
  const { update, clear } = raw;
  const own = (result: unknown): Manager => (result === raw ? exposed : (result as Manager));
  const observedUpdate: Manager['update'] = observedMethod(update, (self, args) => {
    const made = again('update', observedUpdate);
    return updated(exchange, made, args[0], (...changes) => Reflect.apply(update, self, changes)).then(own);
  });
  const observedClear: Manager['clear'] = observedMethod(clear, (self, args) =>
    exchange.clear(again('clear', observedClear), () => Reflect.apply(clear, self, args)).then(own),
  );
  const exposed = exposedManager(raw, exchange, () => exchange.known(call), {
    update: observedUpdate,
    clear: observedClear,
  });
  return exposed;
}

/** With the name, the length and the properties of the manager's own. */
const observedMethod = <Method extends (...args: never[]) => unknown>(
  method: Method,
  call: (self: unknown, args: unknown[]) => unknown,
): Method => new Proxy(method, { apply: (_target, self: unknown, args: unknown[]) => call(self, args) });

/** `run` is h3's update, given the change: an object that is merged, or a function that gives one. */
function updated(exchange: Exchange, call: Call, change: unknown, run: (...changes: unknown[]) => unknown) {
  let keys: readonly string[] = [];
  const note = (merged: unknown): void =>
    void guard(exchange.observed, call.name, () => (keys = isMergeable(merged) ? Object.keys(merged) : []));
  const { observed } = exchange;
  const seen =
    typeof change !== 'function'
      ? change
      : (data: RawSession['data']): unknown => {
          const opened = exchange.known(call);
          const depth = observed.libraryDepth;
          observed.libraryDepth = 0;
          try {
            const merged = (change as Run)(
              opened === undefined
                ? data
                : (guard(observed, call.name, () => exposedData(exchange, opened, data)) ?? data),
            );
            note(merged);
            return merged;
          } finally {
            observed.libraryDepth = depth;
          }
        };
  if (typeof change !== 'function') note(change);
  return exchange.update(
    call,
    () => keys,
    () => {
      // What h3 reads and merges now is not the app's doing.
      observed.libraryDepth += 1;
      try {
        return (change === undefined ? run() : run(seen)) as Promise<unknown>;
      } finally {
        observed.libraryDepth -= 1;
      }
    },
  );
}

const isMergeable = (merged: unknown): merged is object => typeof merged === 'object' && merged !== null;
