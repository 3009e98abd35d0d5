import { EXPRESS, type RuleCases, type Stage } from '../rule.cases.ts';

function turns(stage: Stage, all: [process: string, outcome: string][], store = 'MemoryStore') {
  stage.serve({ ...EXPRESS, store });
  for (const [process, outcome] of all) {
    const get = stage.start('/', { process });
    get.operation('load', { outcome: outcome as never });
    get.finish();
  }
}

export const workersWithoutSharedStore: RuleCases = {
  finds: {
    'in, out, in': (stage) => {
      turns(stage, [
        ['1', 'found'],
        ['2', 'missing'],
        ['1', 'found'],
      ]);
      return 'Session a11c is found in one process and missing in another: each keeps its own in memory.';
    },
  },
  nearMisses: {
    'all find it': (stage) =>
      turns(stage, [
        ['1', 'found'],
        ['2', 'found'],
        ['1', 'found'],
      ]),
    'one process: it was ended': (stage) =>
      turns(stage, [
        ['1', 'found'],
        ['1', 'missing'],
        ['1', 'missing'],
      ]),
    'a store that all share': (stage) =>
      turns(
        stage,
        [
          ['1', 'found'],
          ['2', 'missing'],
          ['1', 'found'],
        ],
        'RedisStore',
      ),
  },
};
