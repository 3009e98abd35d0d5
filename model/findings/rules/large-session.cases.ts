import type { RuleCases, Stage } from '../rule.cases.ts';

const save = (stage: Stage, bytes?: number) =>
  void stage.start('/').save({ a: 1 }, bytes === undefined ? {} : { bytes });

export const largeSession: RuleCases = {
  finds: {
    'over 64 KB': (stage) => {
      save(stage, 70_000);
      return '#1 GET / saved a session of 70.0 KB.';
    },
  },
  nearMisses: {
    'a small one': (stage) => save(stage, 4_000),
    'its size is not known': (stage) => save(stage),
  },
};
