/**
 * What the library keeps for one request, its methods covered on the object itself: when it loads, whether it commits
 * and why, and when it saves. The app never sees the object.
 */
import { guard } from '../../kit/scope.ts';
import { coverMethod } from '../../kit/stores/callbacks.ts';
import { asLibrary } from './current.ts';
import type { Exchange } from './exchange.ts';
import type { CommitOptions, ContextSessionLike } from './types.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

export function observeContextSession(exchange: Exchange, instance: ContextSessionLike): void {
  const { observed } = exchange;
  const cover = (name: string, observe: (args: readonly unknown[], run: () => unknown) => unknown) =>
    coverMethod(instance, name, (original: Method) => {
      return function (this: unknown, ...args) {
        return observe(args, () => asLibrary(exchange, () => Reflect.apply(original, this, args)));
      };
    });

  cover('initFromExternal', async (_args, run) => {
    try {
      await run();
    } finally {
      guard(observed, 'load', () => exchange.loaded());
    }
  });
  cover('emit', ([event], run) => {
    guard(observed, `session:${String(event)}`, () => exchange.refused(String(event)));
    return run();
  });
  cover('commit', ([options], run) =>
    exchange.commits.commit((options ?? {}) as CommitOptions, run as () => Promise<void>),
  );
  cover('_shouldSaveSession', (_args, run) => exchange.commits.decide(run));
  cover('save', (_args, run) => exchange.commits.save(run as () => Promise<void>));
}
