import { byFamily, middlewareKey, middlewareOf } from '../facts.ts';
import { express } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Sessions live in the memory of the process. */
export const memoryStore = rule<Match>({
  id: 'memory-store',
  severity: 'note',
  title: 'Sessions in memory',
  scope: 'exchange',
  why: 'A restart logs everyone out, several processes do not share it, and it never gives memory back.',
  references: [express('store implementation')],
  find({ exchange }) {
    return middlewareOf(exchange)?.store === 'MemoryStore' && exchange.operations.length > 0
      ? [{ key: middlewareKey(exchange) }]
      : [];
  },
  explain(_, { exchange }) {
    const first = exchange.operations[0]!;
    return {
      sentence: say`${middlewareOf(exchange)!.library} keeps the sessions of ${{ code: exchange.started!.cookie.name }} in the memory of this process.`,
      evidence: [{ exchange, operation: first, text: say`asks MemoryStore`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Name a store. For development a file or SQLite survives a restart.`,
          code: [
            "+ import { RedisStore } from 'connect-redis';",
            '  session({',
            '+   store: new RedisStore({ client }),',
          ],
        },
        other: { text: say`Name a store that outlives the process.` },
      }),
    };
  },
});
