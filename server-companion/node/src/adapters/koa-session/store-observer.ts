/** The store of an observed koa-session: whose its calls are, and what came of them. */
import { guard } from '../../kit/scope.ts';
import { recordBackgroundWrite } from '../../kit/stores/background.ts';
import { observeAwaitedMethod, type StoreCall } from '../../kit/stores/callbacks.ts';
import { runningExchange } from './current.ts';
import type { Exchange, Library } from './exchange.ts';
import { isSaved } from './library.ts';
import type { StoreLike } from './types.ts';

/** Covers what is not covered yet; safe to repeat. */
export function observeStore(store: StoreLike, library: Library): void {
  observeAwaitedMethod(store, 'get', ([key]) => {
    const exchange = runningExchange();
    return exchange === undefined ? undefined : beginRead(exchange, String(key));
  });
  for (const name of ['set', 'destroy'] as const)
    observeAwaitedMethod(store, name, (args, below) => {
      const exchange = runningExchange();
      if (exchange !== undefined) return beginWrite(exchange);
      recordBackgroundWrite(library.companion, name, args, isSaved, below);
      return undefined;
    });
}

function beginRead(exchange: Exchange, key: string): StoreCall {
  const startedAt = performance.now();
  guard(exchange.observed, 'store get', () => exchange.start(key));
  return {
    answered: (error, data) => {
      guard(exchange.observed, 'store get', () => exchange.read(error, data, startedAt));
    },
  };
}

function beginWrite(exchange: Exchange): StoreCall | undefined {
  const commit = exchange.commits.writing;
  if (commit === undefined) return undefined;
  commit.store = 'pending';
  return {
    answered: (error) => {
      commit.store = error === undefined ? 'done' : 'failed';
    },
  };
}
