/** Puts the observer between the app and the middleware that koa-session makes. */
import type { Companion } from '../../core/companion.ts';
import { observeKoaMiddleware } from '../../kit/hosts/koa.ts';
import { observeFactory } from '../../kit/hosts/middleware.ts';
import { isResponse, observeResponse } from '../../kit/hosts/response.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { rawOf } from '../../kit/surfaces/raw-sessions.ts';
import { observeContextSession } from './context-session.ts';
import { Exchange, type Library } from './exchange.ts';
import { koaSessionLibrary } from './library.ts';
import { observeStore } from './store-observer.ts';
import type {
  AnsweredContext,
  AppLike,
  ContextLike,
  ContextSessionLike,
  Middleware,
  SessionLike,
  SessionOptions,
} from './types.ts';

/** What the library's own accessor on the context is called, in version 7 and in 6. */
const ACCESSORS: ReadonlySet<string | undefined> = new Set(['get contextSession', 'context#contextSession']);

/** Of the requests under way, by their context. */
const exchanges = new WeakMap<object, Exchange>();

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(companion: Companion, session: Given): Given {
  const registrations = new Registrations(
    companion,
    (options: SessionOptions | undefined, app: AppLike) =>
      new ObservedLibrary(companion, koaSessionLibrary(app, options!, !hasOwnCodec.has(options!))) as Library,
  );
  return observeFactory(
    companion,
    session,
    (middleware: Middleware, args) => {
      const { options = {}, app } = argumentsOf(args);
      noteDefaults(options);
      const accessor = Object.getOwnPropertySymbols(app.context).find(({ description }) => ACCESSORS.has(description));
      const library = accessor === undefined ? undefined : registrations.of(options, app);
      if (accessor === undefined || library === undefined) return middleware;
      if (options.store !== undefined) observeStore(options.store, library);
      coverSession(app.context);
      return observeKoaMiddleware(
        library,
        middleware,
        (context: AnsweredContext) =>
          // Another middleware has made this request's session already.
          isResponse(context.res) && !exchanges.has(context) ? begin(library, context, accessor) : undefined,
        (exchange, context: ContextLike, next) => run(exchange, () => middleware(context, next)),
      );
    },
    (given) => {
      const { options } = argumentsOf(given);
      if (options !== undefined) noteCodec(options);
      return given;
    },
  );
}

/** `session(options, app)`, `session(app, options)`, `session(app)`. */
function argumentsOf(args: readonly unknown[]): { options: SessionOptions | undefined; app: AppLike } {
  const isApp = (one: unknown) => typeof (one as { use?: unknown } | undefined | null)?.use === 'function';
  const [options, app] = isApp(args[0]) ? [args[1], args[0]] : args;
  return { options: (options ?? undefined) as SessionOptions | undefined, app: app as AppLike };
}

// ── whether the app encodes its cookies itself: the library writes its defaults into the options ──────────────────────

const CODEC = ['encode', 'decode'] as const;
const hasOwnCodec = new WeakSet<SessionOptions>();
/** Functions that the library has put into options. */
const defaults = new WeakSet<object>();

function noteCodec(options: SessionOptions): void {
  const isOwn = (value: unknown) => typeof value === 'function' && !defaults.has(value);
  if (CODEC.some((name) => isOwn(options[name]))) hasOwnCodec.add(options);
}

function noteDefaults(options: SessionOptions): void {
  if (hasOwnCodec.has(options)) return;
  for (const name of CODEC) if (typeof options[name] === 'function') defaults.add(options[name]);
}

// ── a request ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function begin(library: Library, context: AnsweredContext, accessor: symbol): Exchange {
  // The library's middleware begins with this very access.
  const instance = (context as unknown as Record<symbol, ContextSessionLike>)[accessor]!;
  const exchange = new Exchange(library, context, instance);
  if (instance.store !== undefined) observeStore(instance.store, library);
  observeContextSession(exchange, instance);
  observeResponse(context.res, {
    head: (_below, write, header) => {
      guard(exchange.observed, 'response headers', () => exchange.seeHead(header));
      return write();
    },
  });
  exchanges.set(context, exchange);
  return exchange;
}

function run(exchange: Exchange, middleware: () => Promise<unknown>): Promise<unknown> {
  const { observed } = exchange;
  return middleware().then(
    (result) => {
      guard(observed, 'middleware', () => exchange.passed(false));
      return result;
    },
    (error: unknown) => {
      guard(observed, 'middleware', () => exchange.passed(true));
      throw error;
    },
  );
}

const covered = new WeakSet<object>();

/** `ctx.session` as the app gets it, over the accessors that the library has put on the app's contexts. */
function coverSession(context: object): void {
  const library = Object.getOwnPropertyDescriptor(context, 'session');
  if (library?.get === undefined || library.set === undefined || covered.has(library.get)) return;
  const { get, set } = library;
  const accessors = {
    get(this: object): unknown {
      const exchange = exchanges.get(this);
      if (exchange === undefined) return get.call(this);
      let raw: SessionLike | null;
      try {
        raw = get.call(this) as SessionLike | null;
      } catch (error) {
        guard(exchange.observed, 'ctx.session', () => exchange.loadFailed(error));
        throw error;
      }
      return raw === null ? null : (guard(exchange.observed, 'ctx.session', () => exchange.opened(raw).given) ?? raw);
    },
    set: function assign(this: object, value: unknown): void {
      const exchange = exchanges.get(this);
      // The library copies what it is given: from its own object, where the app puts back what it got.
      set.call(this, rawOf(value));
      if (exchange === undefined) return;
      guard(exchange.observed, 'ctx.session =', () =>
        value === null ? exchange.unset(assign) : exchange.assigned(get.call(this) as SessionLike, assign),
      );
    },
  };
  covered.add(accessors.get);
  Object.defineProperty(context, 'session', { ...library, ...accessors });
}
