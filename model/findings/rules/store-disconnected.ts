import { middlewareKey, middlewareOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** The library let a request pass without a session, for its store has no connection. */
export const storeDisconnected = rule<Match>({
  id: 'store-disconnected',
  severity: 'problem',
  title: 'No session while the store is away',
  scope: 'exchange',
  why: 'No error is raised: the session is absent, and every user looks like a new visitor.',
  references: [issue('tj/connect-redis', 72)],
  find({ exchange }) {
    const { record } = exchange.finished!.verdict;
    return record.reason === 'store-disconnected' ? [{ key: `${middlewareKey(exchange)}:${exchange.epoch}` }] : [];
  },
  explain(_, { exchange }) {
    const { library, store } = middlewareOf(exchange) ?? {};
    return {
      sentence: say`${{ request: exchange }} was handled without a session: ${store ?? 'the store'} has lost its connection.`,
      because: say`${library ?? 'The library'} passes such requests on without an error.`,
      evidence: [{ exchange, text: say`runs without a session`, isDecisive: true }],
      fix: {
        text: say`Answer with an error while the session is absent, and have the store connect again.`,
        code: [
          "+ app.use((req, res, next) => next(req.session ? undefined : new Error('The session store is away')));",
        ],
      },
    };
  },
});
