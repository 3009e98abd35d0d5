/** Inside the app, other middleware stands before the endpoint: what it did to a request and its response. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The host that a request names: HTTP/2 has it in a pseudo-header. */
export const hostOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined =>
  headers.host ?? (headers[':authority'] as string | undefined);

/**
 * A header as it was sent. One that came twice is both, joined: neither may decide, and no rule takes what it makes.
 * HTTP/2 gives them otherwise than HTTP/1, its host under another name.
 */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = request;
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index]!.toLowerCase();
    if (sent === name || (name === 'host' && sent === ':authority')) values.push(rawHeaders[index + 1]!);
  }
  return values.length === 0 ? undefined : values.join(', ');
}

/** What writes on a response. Each passes only for the companion's own answer. */
const WRITERS = ['writeHead', 'flushHeaders', 'write', 'end', 'setHeader', 'appendHeader', 'removeHeader'] as const;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Takes the response away from the app, whose middleware may have put headers on it and may still write on it once we
 * have taken the request: Hono answers with what its middleware makes of our mark, Koa with what stands in `ctx.body`.
 * What they set is taken off, and what they write from now on goes nowhere. Returns the response on which we write.
 */
export function takeOverResponse(response: ServerResponse): ServerResponse {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  /** Calls of ours under way: what they call in turn, wrappers of the app's (`compression`) too, is ours. */
  let depth = 0;
  const methods = response as unknown as Record<string, Method>;
  for (const name of WRITERS) {
    // A wrapper of the app's around writeHead may put headers into its arguments, where nobody takes them off.
    const method = name === 'writeHead' ? prototypeMethod(response, name) : methods[name]!;
    methods[name] = function (this: unknown, ...args) {
      if (depth === 0 || (name.endsWith('Header') && name !== 'removeHeader' && isForeign(args[0])))
        return name === 'write' ? true : this;
      return Reflect.apply(method, this, args);
    };
  }
  return new Proxy(response, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        depth += 1;
        try {
          return Reflect.apply(value, target, args) as unknown;
        } finally {
          depth -= 1;
        }
      };
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

function prototypeMethod(response: ServerResponse, name: string): Method {
  let holder = response as unknown as Record<string, Method>;
  while (Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as Record<string, Method>;
  return holder[name]!;
}

/** What no answer of ours bears, whoever asks for it. */
const isForeign = (name: unknown) => typeof name === 'string' && /^(?:access-control-|set-cookie$)/i.test(name);

/** A body parser may have read the body already: what it made of it is written out again. */
export function provideBody(request: IncomingMessage, given?: unknown): void {
  // A parser that passed the request by has left the body where it was, and may have set `body` anyway.
  if (!request.readableEnded) return;
  const body = given ?? (request as IncomingMessage & { body?: unknown }).body;
  Object.defineProperty(request, 'rawBody', { value: bytesOf(body), configurable: true });
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  try {
    return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
  } catch {
    return Buffer.alloc(0);
  }
}
