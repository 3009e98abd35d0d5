import type { RuleCases, Stage } from '../rule.cases.ts';

const pass = (stage: Stage, reason: string) =>
  void stage.start().finish({ sessionAfter: null, verdict: { record: { outcome: 'none', reason } } });

export const storeDisconnected: RuleCases = {
  finds: {
    'each request until the store is back, once': (stage) => {
      pass(stage, 'store-disconnected');
      pass(stage, 'store-disconnected');
      return '#1 GET / was handled without a session: RedisStore has lost its connection.';
    },
  },
  nearMisses: {
    'another path than that of the cookie': (stage) => pass(stage, 'path-mismatch'),
    'nothing was written to it': (stage) => pass(stage, 'uninitialized'),
  },
};
