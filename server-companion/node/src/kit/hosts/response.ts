/** Sees a response of Node's from outside the wrappers that a library has put on it, which run inside ours. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Below, ExchangeScope } from '../scope.ts';
import { onSocketEnd } from './socket-end.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

export type HeaderReader = (name: string) => unknown;

export interface ResponseHooks {
  /**
   * The head is being written: `write` does it, and is to be called once. `below`: the function that was called for it.
   * `header` gives a header's value as it leaves, those that only `writeHead` is given among them.
   */
  head<T>(below: Below, write: () => T, header: HeaderReader): T;
  /** The app ends the response: `finish` does it, and is to be called once. */
  end?<T>(below: Below, finish: () => T): T;
}

/** To be called once, after the library has put its own wrappers on the response. */
export function observeResponse(response: ServerResponse, { head, end: ended }: ResponseHooks): void {
  const target = response as unknown as { writeHead: Method; end: Method };
  const { writeHead, end: below } = target;
  const observedHead: Method = function (this: unknown, ...args) {
    return head(
      observedHead,
      () => Reflect.apply(writeHead, this, args),
      (name) => givenHeader(args.at(-1), name) ?? response.getHeader(name),
    );
  };
  target.writeHead = observedHead;
  if (ended === undefined) return;
  const end: Method = function (this: unknown, ...args) {
    return ended(end, () => Reflect.apply(below, this, args));
  };
  if (below.name !== 'end') Object.defineProperty(end, 'name', { value: below.name, configurable: true });
  target.end = end;
}

/** A header among those that `writeHead` is given. */
function givenHeader(headers: unknown, name: string): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const values = headerPairs(headers).flatMap(([given, value]) =>
    String(given).toLowerCase() === name ? [value].flat() : [],
  );
  return values.length > 1 ? values : values[0];
}

/** What `writeHead` takes as headers: an object, a flat list, or a list of pairs. */
export function headerPairs(headers: object): [name: unknown, value: unknown][] {
  if (!Array.isArray(headers)) return Object.entries(headers);
  if (Array.isArray(headers[0])) return headers as [unknown, unknown][];
  return Array.from({ length: headers.length / 2 }, (_, at) => [headers[at * 2], headers[at * 2 + 1]]);
}

/** Code that runs a middleware by hand for a WebSocket gives it `{}`. */
export const isResponse = (response: Partial<ServerResponse>): boolean =>
  typeof response.setHeader === 'function' &&
  typeof response.getHeader === 'function' &&
  typeof response.writeHead === 'function' &&
  typeof response.on === 'function';

/** Calls `closed` once the connection is done with the response; of what has no response, with the connection. */
export function onClose(
  scope: Pick<ExchangeScope, 'fault'>,
  response: ServerResponse,
  socket: Socket | undefined,
  closed: () => void,
): void {
  let isClosed = false;
  const run = () => {
    if (isClosed) return;
    isClosed = true;
    try {
      closed();
    } catch (error) {
      scope.fault('response close', error);
    }
  };
  // Not `once`, which makes three objects more for each response.
  if (isResponse(response)) response.on('close', run);
  else onSocketEnd(socket, run);
}
