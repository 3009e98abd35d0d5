/** Sees a response's headers and end from outside express-session's own wrappers, which run inside ours. */
import { enter } from './current-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { ResponseLike } from './types.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** To be called once, after express-session has put its own wrappers on the response. */
export function observeResponse(exchange: Exchange, response: ResponseLike): void {
  const target = response as unknown as { writeHead: Method; end: Method };
  const { writeHead, end } = target;

  target.writeHead = function (this: unknown, ...args) {
    const leave = enter(exchange);
    try {
      return Reflect.apply(writeHead, this, args);
    } finally {
      leave();
      try {
        exchange.seeHeaders();
      } catch (error) {
        exchange.fault('response headers', error);
      }
    }
  };

  target.end = function observedEnd(this: unknown, ...args) {
    const previous = exchange.call;
    try {
      exchange.seeEnd();
      exchange.call = { call: 'end', actor: 'framework', source: exchange.source(observedEnd) };
    } catch (error) {
      exchange.fault('response end', error);
    }
    const leave = enter(exchange);
    try {
      return Reflect.apply(end, this, args);
    } finally {
      leave();
      exchange.call = previous;
    }
  };
  Object.defineProperty(target.end, 'name', { value: end.name, configurable: true });

  response.once('close', () => {
    try {
      exchange.finish();
    } catch (error) {
      exchange.fault('response close', error);
    }
  });
}
