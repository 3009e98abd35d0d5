import type { RuleCases, Stage } from '../rule.cases.ts';

const sessions = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];

function visits(stage: Stage, { flushes = false, leftMs = 900_000, count = 3 } = {}) {
  const users = sessions.slice(0, count);
  for (const session of users) {
    const first = stage.start('/', { session });
    first.save({ user: 1 }, { expiry: { storeAt: 1_700_000_000_000 + leftMs } });
    first.finish();
  }
  if (flushes)
    for (const session of users)
      stage.start('/logout', { session }).operation('flush', { from: session, to: null, outcome: 'done' });
  stage.wait(30_000);
  for (const session of users) {
    const next = stage.start('/again', { session });
    next.operation('load', { outcome: 'missing' });
    next.finish();
  }
}

export const recordsVanished: RuleCases = {
  finds: {
    'three at once': (stage) => {
      visits(stage);
      return 'The records of 3 sessions were gone within 6.0 ms, though each had time left and nothing recorded deleted them.';
    },
  },
  nearMisses: {
    'they were flushed': (stage) => visits(stage, { flushes: true }),
    'their time was over': (stage) => visits(stage, { leftMs: 20_000 }),
    'two of them': (stage) => visits(stage, { count: 2 }),
  },
};
