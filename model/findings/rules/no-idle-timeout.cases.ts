import type { RuleCases, Stage } from '../rule.cases.ts';

const save = (stage: Stage, expiry: object) => void stage.start('/').save({ a: 1 }, { expiry });

export const noIdleTimeout: RuleCases = {
  finds: {
    'the store has no end for it': (stage) => {
      save(stage, { storeAt: null });
      return '#1 GET / saved session a11c with no end: the store keeps its record for ever.';
    },
  },
  nearMisses: {
    'an end': (stage) => save(stage, { storeAt: 1_800_000_000_000 }),
    'not known': (stage) => save(stage, {}),
    assumed: (stage) => save(stage, { storeAt: null, storeAssumed: true }),
  },
};
