/** Puts the observer between Fastify and the plugin @fastify/session: around the two hooks that it adds. */
import type { Companion } from '../../core/companion.ts';
import { answersEndpoint, coverMember, type Done, observePlugin, observeReply } from '../../kit/hosts/fastify.ts';
import { beginExchange } from '../../kit/hosts/middleware.ts';
import { isResponse } from '../../kit/hosts/response.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';
import { storeKindOf } from '../../kit/stores/store-kinds.ts';
import { current, Exchange, type Library } from './exchange.ts';
import { fastifySessionLibrary } from './library.ts';
import { observeStore } from './store-observer.ts';
import type { FastifyLike, OnRequest, OnSend, Plugin, ReplyLike, RequestLike, SessionOptions } from './types.ts';

/** Of the requests under way. */
const exchanges = new WeakMap<object, Exchange>();

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(companion: Companion, plugin: Given): Given {
  const registrations = new Registrations(
    companion,
    (options: SessionOptions | undefined, store: AnyStore) =>
      new ObservedLibrary(companion, fastifySessionLibrary(options!, store)) as Library,
  );
  const prepare = (args: readonly unknown[]): readonly unknown[] => {
    const [fastify, given, ...rest] = args as [FastifyLike, SessionOptions, ...unknown[]];
    // The library makes its default store inside: made here, it can be observed.
    const options = given.store ? given : { ...given, store: new (plugin as unknown as Plugin).Store() };
    const { store } = options as { store: AnyStore };
    const library = registrations.of(given, store);
    if (library === undefined) return args;
    observeStore(store, library);
    return [withHooks(fastify, library, store), options, ...rest];
  };
  return observePlugin(companion, plugin, prepare);
}

/** The server as the plugin gets it: what it adds for each request is run by us. */
function withHooks(fastify: FastifyLike, library: Library, store: AnyStore): FastifyLike {
  return new Proxy(fastify, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'addHook') return value.bind(target) as unknown;
      return (name: string, hook: (...args: never[]) => unknown): unknown =>
        target.addHook(
          name,
          name === 'onRequest'
            ? onRequest(library, store, hook as OnRequest)
            : name === 'onSend'
              ? onSend(hook as OnSend)
              : hook,
        );
    },
  });
}

function onRequest(library: Library, store: AnyStore, hook: OnRequest): OnRequest {
  const { companion } = library;
  return function handleSession(request, reply, done) {
    if (answersEndpoint(companion, request, reply)) return;
    const exchange = beginExchange(library, request.raw, reply.raw, () => begin(library, store, request, reply));
    if (exchange === undefined) return hook.call(this, request, reply, done);
    current.asLibrary(exchange, () =>
      hook.call(this, request, reply, (...args) => {
        guard(exchange.observed, 'onRequest', () => exchange.passed(args[0]));
        return current.asApp(exchange, () => done(...args));
      }),
    );
  };
}

function begin(library: Library, store: AnyStore, request: RequestLike, reply: ReplyLike): Exchange | undefined {
  // The plugin is registered twice.
  if (!isResponse(reply.raw) || exchanges.has(request)) return undefined;
  const exchange = new Exchange(library, storeKindOf(store), request, reply);
  exchange.value = request.session;
  coverMember(
    request,
    'session',
    () => exchange.value,
    (value) => {
      exchange.value = value;
    },
  );
  observeReply(reply, exchange);
  exchanges.set(request, exchange);
  return exchange;
}

function onSend(hook: OnSend): OnSend {
  return function saveSession(request, reply, payload, done) {
    const exchange = exchanges.get(request);
    if (exchange === undefined) return hook.call(this, request, reply, payload, done);
    const { observed } = exchange;
    const ended = () => guard(observed, 'onSend', () => exchange.ended());
    const goOn: Done = (...args) => {
      ended();
      return current.asApp(exchange, () => done(...args));
    };
    guard(observed, 'onSend', () => exchange.ends());
    try {
      current.asLibrary(exchange, () => hook.call(this, request, reply, payload, goOn));
    } catch (error) {
      // The app's store threw in place of an answer.
      ended();
      throw error;
    }
  };
}
