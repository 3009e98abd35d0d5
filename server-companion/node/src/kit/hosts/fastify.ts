/** A library that is a plugin of Fastify's: the hooks that it adds for each request are run by us. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Companion } from '../../core/companion.ts';
import { guard } from '../scope.ts';
import type { HostedExchange } from './middleware.ts';
import { type HeaderReader, observeResponse } from './response.ts';

/** The parts of Fastify that a host needs. */
export interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly originalUrl: string;
}

export interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

export type Callable = (...args: never[]) => unknown;
export type Done = (error?: unknown) => void;

export type OnRequest<Request, Reply> = (this: unknown, request: Request, reply: Reply, done: Done) => void;
export type OnSend<Request, Reply> = (
  this: unknown,
  request: Request,
  reply: Reply,
  payload: unknown,
  done: Done,
) => void;

/** In the place of the plugin. `prepare` gives what it is called with; where that fails, it is called as the app calls it. */
export function observePlugin<Plugin extends Callable>(
  companion: Companion,
  plugin: Plugin,
  prepare: (args: readonly unknown[]) => readonly unknown[],
): Plugin {
  const scope = { fault: (where: string, error: unknown) => companion.faults.note(where, error) };
  const observed: Plugin = new Proxy(plugin, {
    apply: (target, self: unknown, args: unknown[]) =>
      Reflect.apply(target, self, (guard(scope, 'observe', () => prepare(args)) ?? args) as never[]) as unknown,
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      // It is its own `default`, and has its own name as a member.
      return value === target ? observed : value;
    },
  });
  return observed;
}

/** Whether the request is the endpoint's own, which has answered it. */
export function answersEndpoint(companion: Companion, request: FastifyRequest, reply: FastifyReply): boolean {
  try {
    if (!companion.endpoint.handle(request.raw, reply.raw)) return false;
    reply.hijack();
    return true;
  } catch (error) {
    companion.faults.note('endpoint', error);
    return false;
  }
}

interface SeesReply extends HostedExchange {
  seeHead(header: HeaderReader): void;
  /** The response may be over. */
  settle(): void;
}

/** Shows an exchange its response. */
export function observeReply(reply: FastifyReply, exchange: SeesReply): void {
  const { observed } = exchange;
  observeResponse(reply.raw, {
    head: (_below, write, header) => {
      guard(observed, 'response headers', () => exchange.seeHead(header));
      return write();
    },
    end: (_below, finish) => {
      const finished = finish();
      guard(observed, 'response end', () => exchange.settle());
      return finished;
    },
  });
}

/** In the place of the request's member of that name: what the app reads there, and what it writes. */
export function coverMember(request: object, name: string, get: () => unknown, set: (value: unknown) => void): void {
  const enumerable = Object.getOwnPropertyDescriptor(request, name)?.enumerable ?? true;
  Object.defineProperty(request, name, { get, set, enumerable, configurable: true });
}
