/** Inside the app, other middleware stands before the endpoint: what it did to a request and its response. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Takes off what middleware before us has put on the answer, which is not theirs: the app's CORS headers above all.
 * What wants to add some at the last moment (as `on-headers` does) finds that they can't be set.
 */
export function takeOverResponse(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const { setHeader, appendHeader } = response;
  response.setHeader = function (this: ServerResponse, name, value) {
    return isCors(name) ? this : setHeader.call(this, name, value);
  } as typeof setHeader;
  response.appendHeader = function (this: ServerResponse, name, value) {
    return isCors(name) ? this : appendHeader.call(this, name, value);
  } as typeof appendHeader;
}

const isCors = (name: unknown) => typeof name === 'string' && /^access-control-/i.test(name);

/** A body parser may have read the body already: what it made of it is written out again. */
export function provideBody(request: IncomingMessage, given?: unknown): void {
  // A parser that passed the request by has left the body where it was, and may have set `body` all the same.
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
