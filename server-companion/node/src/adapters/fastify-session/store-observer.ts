/** The store of an observed @fastify/session: whose its calls are, and what came of them. */
import { guard } from '../../kit/scope.ts';
import { recordBackgroundWrite } from '../../kit/stores/background.ts';
import { type AnyStore, observeStoreMethod, type StoreCall, UNWATCHED } from '../../kit/stores/callbacks.ts';
import { current, type Exchange, type Library } from './exchange.ts';
import { isData } from './library.ts';
import type { SessionLike } from './types.ts';
import { AT_END } from './writes.ts';

/** Covers what is not covered yet; safe to repeat. */
export function observeStore(store: AnyStore, library: Library): void {
  observeStoreMethod(store, {
    name: 'get',
    callbackAt: 1,
    isOptional: false,
    begin: () => {
      const { exchange } = current;
      return exchange === undefined ? undefined : beginRead(exchange);
    },
  });
  for (const name of ['set', 'destroy'] as const)
    observeStoreMethod(store, {
      name,
      callbackAt: name === 'set' ? 2 : 1,
      isOptional: true,
      begin([key, session], below) {
        const { exchange } = current;
        if (exchange !== undefined) return beginWrite(exchange, name, String(key), session);
        recordBackgroundWrite(library.companion, name, [key, session], isData, below);
        return UNWATCHED;
      },
    });
}

function beginRead(exchange: Exchange): StoreCall {
  const startedAt = performance.now();
  const { call, observed } = exchange;
  return {
    answered: (error, data) => {
      guard(observed, 'store get', () => exchange.read(call ?? AT_END, error, data, startedAt));
    },
    callBack: (run) => current.goOn(exchange, call, run),
  };
}

function beginWrite(exchange: Exchange, name: 'set' | 'destroy', key: string, session: unknown): StoreCall {
  const { call, observed } = exchange;
  const write = guard(observed, `store ${name}`, () => exchange.writes.begin(name, key, session as SessionLike));
  return {
    answered: (error) => {
      if (write !== undefined) guard(observed, `store ${name}`, () => exchange.writes.end(write, error));
    },
    callBack: (run) => current.goOn(exchange, call, run),
  };
}
