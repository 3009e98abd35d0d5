/** Puts the observer between Fastify and the plugin @fastify/secure-session: around the two hooks that it adds. */
import type { Companion } from '../../core/companion.ts';
import {
  answersEndpoint,
  type Callable,
  coverMember,
  type Done,
  observePlugin,
  observeReply,
} from '../../kit/hosts/fastify.ts';
import { beginExchange } from '../../kit/hosts/middleware.ts';
import { sharedBy } from '../../kit/hosts/request-exchanges.ts';
import { isResponse } from '../../kit/hosts/response.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { Exchange, type Library } from './exchange.ts';
import { secureSessionLibrary, type Settings, settingsOf } from './library.ts';
import type { Decode, FastifyLike, OnRequest, OnSend, ReplyLike, RequestLike, SessionOptions } from './types.ts';

/** Of the requests under way: one for each session of the plugin. */
const exchanges = new WeakMap<object, Exchange[]>();

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends Callable>(companion: Companion, plugin: Given): Given {
  // An edit of the app's code has its plugin observed again: the sessions are the same.
  const registrations = sharedBy(
    companion,
    'fastify-secure-session',
    () =>
      new Registrations(
        companion,
        (settings: Settings | undefined) => new ObservedLibrary(companion, secureSessionLibrary(settings!)) as Library,
      ),
  );
  const prepare = (args: readonly unknown[]): readonly unknown[] => {
    const [fastify, given, ...rest] = args as [FastifyLike, SessionOptions | SessionOptions[], ...unknown[]];
    const libraries = [given].flat().flatMap((options) => registrations.of(settingsOf(options), plugin) ?? []);
    return libraries.length === 0 ? args : [withHooks(fastify, libraries), given, ...rest];
  };
  return observePlugin(companion, plugin, prepare);
}

/** The server as the plugin gets it: its functions are noted, and what it adds for each request is run by us. */
function withHooks(fastify: FastifyLike, libraries: readonly Library[]): FastifyLike {
  const given: FastifyLike = new Proxy(fastify, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key === 'decorate') return decorate;
      if (key === 'register') return register;
      if (key === 'addHook') return addHook;
      return value.bind(target) as unknown;
    },
  });
  const decorate: FastifyLike['decorate'] = (name, value) => {
    if (name === 'decodeSecureSession') for (const { library } of libraries) library.opener.decode = value as Decode;
    return chained(fastify.decorate(name, value));
  };
  /** It adds its hooks in a plugin of its own, so that those of @fastify/cookie run first. */
  const register: FastifyLike['register'] = (plugin, ...rest) =>
    chained(fastify.register(nameOf(plugin) === '@fastify/cookie' ? plugin : hooking(plugin, libraries), ...rest));
  const addHook: FastifyLike['addHook'] = (name, hook) =>
    chained(
      fastify.addHook(
        name,
        name === 'onRequest'
          ? onRequest(libraries, hook as OnRequest)
          : name === 'onSend'
            ? onSend(hook as OnSend)
            : hook,
      ),
    );
  const chained = (result: unknown): unknown => (result === fastify ? given : result);
  return given;
}

/** As `fastify-plugin` notes it. */
const nameOf = (plugin: Callable): unknown =>
  (plugin as unknown as Record<symbol, { name?: unknown } | undefined>)[Symbol.for('plugin-meta')]?.name;

const hooking = (plugin: Callable, libraries: readonly Library[]): Callable =>
  new Proxy(plugin, {
    apply(target, self: unknown, [fastify, ...rest]: unknown[]) {
      const server = fastify as FastifyLike;
      for (const { library } of libraries) library.opener.unsign = (value) => server.unsignCookie!(value);
      return Reflect.apply(target, self, [withHooks(server, libraries), ...rest] as never[]) as unknown;
    },
  });

function onRequest(libraries: readonly Library[], hook: OnRequest): OnRequest {
  const { companion } = libraries[0]!;
  return function openSessions(request, reply, done) {
    if (answersEndpoint(companion, request, reply)) return;
    const begun = libraries.flatMap(
      (library) => beginExchange(library, request.raw, reply.raw, () => begin(library, request, reply)) ?? [],
    );
    exchanges.set(request, begun);
    hook.call(this, request, reply, (...args) => {
      for (const exchange of begun)
        guard(exchange.observed, 'onRequest', () => {
          exchange.opened(request[exchange.library.sessionName]);
          cover(request, exchange);
        });
      return done(...args);
    });
  };
}

function begin(library: Library, request: RequestLike, reply: ReplyLike): Exchange | undefined {
  if (!isResponse(reply.raw)) return undefined;
  const exchange = new Exchange(library, request, reply);
  observeReply(reply, exchange);
  return exchange;
}

/** The request's member as the app gets it. */
function cover(request: RequestLike, exchange: Exchange): void {
  coverMember(
    request,
    exchange.library.sessionName,
    () => exchange.value,
    function assign(value: unknown) {
      exchange.assign(value, assign);
    },
  );
}

function onSend(hook: OnSend): OnSend {
  return function sealSessions(request, reply, payload, done) {
    const begun = exchanges.get(request) ?? [];
    let isRunning = true;
    const over = (error?: unknown): void => {
      if (!isRunning) return;
      isRunning = false;
      for (const exchange of begun) {
        exchange.observed.libraryDepth -= 1;
        guard(exchange.observed, 'onSend', () => exchange.ended(error));
      }
    };
    for (const exchange of begun) {
      guard(exchange.observed, 'onSend', () => exchange.ends());
      exchange.observed.libraryDepth += 1;
    }
    const goOn: Done = (...args) => {
      over();
      return done(...args);
    };
    try {
      hook.call(this, request, reply, payload, goOn);
    } catch (error) {
      over(error);
      throw error;
    }
  };
}
