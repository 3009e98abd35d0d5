/**
 * The request under way, from Node itself: for a library that is only functions (iron-session, h3), which no middleware
 * shows. Every server of this process reports its requests, whatever framework is on it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

const CHANNEL = 'http.server.request.start';

export interface RequestHost<Context> {
  /** What began with the request for which this code runs; `undefined`: it runs for none that is observed. */
  current(): Context | undefined;
  /** No further request is seen. */
  close(): void;
}

/**
 * `begin` is called as a request comes in, before any code of the app; `undefined`: it is not observed. What it throws
 * goes to `fault`, and the request goes on. HTTP/1 only: HTTP/2 reports its streams by another channel.
 */
export function observeRequests<Context>(
  begin: (request: IncomingMessage, response: ServerResponse) => Context | undefined,
  fault: (where: string, error: unknown) => void,
): RequestHost<Context> {
  const storage = new AsyncLocalStorage<Context | undefined>();
  const started = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    let context: Context | undefined;
    try {
      context = begin(request, response);
    } catch (error) {
      fault('request start', error);
    }
    // Always: a connection that is kept alive still has the context of its last request.
    storage.enterWith(context);
  };
  subscribe(CHANNEL, started);
  return {
    current: () => storage.getStore(),
    close() {
      unsubscribe(CHANNEL, started);
      storage.disable();
    },
  };
}
