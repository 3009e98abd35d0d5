/** Sees a response's headers and end from outside express-session's own wrappers, which run inside ours. */
import { enter, leave } from './current-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { ResponseLike } from './types.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** To be called once, after express-session has put its own wrappers on the response. */
export function observeResponse(exchange: Exchange, response: ResponseLike): void {
  const target = response as unknown as { writeHead: Method; end: Method };
  const { writeHead, end } = target;

  target.writeHead = function (this: unknown, ...args) {
    const previous = enter(exchange);
    try {
      return Reflect.apply(writeHead, this, args);
    } finally {
      leave(exchange, previous);
      try {
        exchange.ending.seeHeaders();
      } catch (error) {
        exchange.fault('response headers', error);
      }
    }
  };

  target.end = function observedEnd(this: unknown, ...args) {
    const { call } = exchange;
    try {
      exchange.ending.seeEnd();
      exchange.call = { call: 'end', actor: 'framework', source: exchange.source(observedEnd) };
    } catch (error) {
      exchange.fault('response end', error);
    }
    const previous = enter(exchange);
    try {
      return Reflect.apply(end, this, args);
    } catch (error) {
      try {
        exchange.ending.failed(error);
      } catch (fault) {
        exchange.fault('response end', fault);
      }
      throw error;
    } finally {
      leave(exchange, previous);
      exchange.call = call;
    }
  };
  Object.defineProperty(target.end, 'name', { value: end.name, configurable: true });
}

/** The connection is done with the response, whether express-session ever passed the request on or not. */
export function observeClose(exchange: Exchange, response: ResponseLike): void {
  response.once('close', () => {
    try {
      exchange.finish();
    } catch (error) {
      exchange.fault('response close', error);
    }
  });
}
