/**
 * The exchanges of a library that is only functions (`getIronSession(…)`): no middleware shows its requests, so Node
 * does. A server on which one of them was called has the session's pages: from then on each of its requests is an
 * exchange, and it answers for the endpoint.
 */
import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Companion } from '../../core/companion.ts';
import { hostOf } from '../../core/endpoint/inside.ts';
import type { ObservedLibrary } from '../observed-library.ts';
import type { HostedExchange } from './middleware.ts';
import { announceOn } from './node-request.ts';
import { observeRequests, type RequestHost } from './request-channel.ts';
import { onClose } from './response.ts';

/** A request of Node's, and what began with it. */
export interface RequestContext<Exchange> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchanges: Map<ObservedLibrary, Exchange | undefined>;
  /** The server has asked itself, with objects that stand for a request and its response: the exchange during which it did. */
  readonly parent?: string;
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;
type Server = { emit: Emit };

export class RequestExchanges<Library extends ObservedLibrary, Exchange extends HostedExchange> {
  readonly #companion: Companion;
  readonly #begin: (library: Library, context: RequestContext<Exchange>) => Exchange;
  readonly #host: RequestHost<RequestContext<Exchange>>;
  readonly #contexts = new WeakMap<IncomingMessage, RequestContext<Exchange>>();
  /** Those on which a library was called, with the libraries that were. */
  readonly #servers = new WeakMap<object, Set<Library>>();
  #wasOutside = false;

  constructor(companion: Companion, begin: (library: Library, context: RequestContext<Exchange>) => Exchange) {
    this.#companion = companion;
    this.#begin = begin;
    this.#host = observeRequests(
      (request, response) => this.#started(request, response),
      (where, error) => companion.faults.note(where, error),
    );
  }

  /**
   * The exchange in which `library` is called now. `call`: what the app has called, for a word of one that belongs to no
   * request. `given`: the request and response that the app has handed over, where they are Node's: they count, where no
   * request is known otherwise (a server of HTTP/2). `undefined`: none is known, or it is not observed.
   */
  of(
    library: Library,
    call: string,
    given?: Pick<RequestContext<Exchange>, 'request' | 'response'>,
  ): Exchange | undefined {
    const around = this.#host.current();
    if (around !== undefined && given !== undefined && !(given.request instanceof IncomingMessage)) {
      this.#learn(around.request, library);
      const outer = this.#exchangeOf(library, around);
      return outer === undefined ? undefined : this.#exchangeOf(library, this.#contextOf(given, outer.id));
    }
    const context = around ?? (given === undefined ? undefined : this.#contextOf(given));
    if (context === undefined) {
      this.#noteOutside(call);
      return undefined;
    }
    this.#learn(context.request, library);
    return this.#exchangeOf(library, context);
  }

  /** The request of Node's that is being answered here; `undefined`: none is known. */
  get around(): IncomingMessage | undefined {
    return this.#host.current()?.request;
  }

  #noteOutside(call: string): void {
    if (this.#wasOutside) return;
    this.#wasOutside = true;
    this.#companion.faults.note(
      call,
      new Error(
        'It was called where no request is known: outside of one, before Sessionscope was loaded, or on HTTP/2. Load Sessionscope as the server starts.',
      ),
    );
  }

  #started(request: IncomingMessage, response: ServerResponse): RequestContext<Exchange> {
    const context = this.#contextOf({ request, response });
    const libraries = this.#servers.get(serverOf(request) ?? request);
    if (libraries !== undefined && !isForEndpoint(request, this.#companion))
      for (const library of libraries) this.#exchangeOf(library, context);
    return context;
  }

  #contextOf(
    { request, response }: Pick<RequestContext<Exchange>, 'request' | 'response'>,
    parent?: string,
  ): RequestContext<Exchange> {
    let context = this.#contexts.get(request);
    if (context === undefined) {
      context = { request, response, exchanges: new Map(), ...(parent === undefined ? {} : { parent }) };
      this.#contexts.set(request, context);
    }
    return context;
  }

  #exchangeOf(library: Library, context: RequestContext<Exchange>): Exchange | undefined {
    const { exchanges, request, response, parent } = context;
    if (exchanges.has(library)) return exchanges.get(library);
    // Whatever fails below is not tried again for this request.
    exchanges.set(library, undefined);
    if (!this.#companion.observes(hostOf(request))) return undefined;
    const exchange = this.#begin(library, context);
    // What the server answers itself no panel sees.
    if (parent === undefined) announceOn(exchange.observed, request, response);
    onClose(exchange.observed, response, request.socket, () => exchange.closed());
    library.open.add(exchange);
    exchanges.set(library, exchange);
    return exchange;
  }

  #learn(request: IncomingMessage, library: Library): void {
    const server = serverOf(request);
    if (server === undefined) return;
    let libraries = this.#servers.get(server);
    if (libraries === undefined) {
      this.#servers.set(server, (libraries = new Set()));
      answerFirst(server, this.#companion);
    }
    libraries.add(library);
  }
}

const serverOf = ({ socket }: IncomingMessage): Server | undefined =>
  (socket as unknown as { server?: Server } | undefined)?.server;

const isForEndpoint = ({ url = '' }: IncomingMessage, { path }: Companion): boolean => url.startsWith(path);

/** The endpoint's requests are answered before the app's own listener is called; it never sees them. */
function answerFirst(server: Server, companion: Companion): void {
  const { emit } = server;
  server.emit = function (this: unknown, event, ...args) {
    if (event === 'request') {
      try {
        if (companion.endpoint.handle(args[0] as IncomingMessage, args[1] as ServerResponse)) return true;
      } catch (error) {
        companion.faults.note('endpoint', error);
      }
    }
    return Reflect.apply(emit, this, [event, ...args]) as boolean;
  };
}

/**
 * What the copies of one adapter share in a companion's process: a bundler makes one for each entry of an app, and each
 * edit one more.
 */
export function sharedBy<Shared>(companion: Companion, adapter: string, make: () => Shared): Shared {
  if (!companion.shared.has(adapter)) companion.shared.set(adapter, make());
  return companion.shared.get(adapter) as Shared;
}
