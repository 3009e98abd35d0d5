import type { RuleCases, Stage } from '../rule.cases.ts';

function visits(stage: Stage, digests: string[]) {
  for (const digest of digests) {
    const get = stage.start('/');
    get.load({ a: 1 }, { digest: digests[0]! });
    get.save({ a: 1 }, { digest });
    get.finish({ verdict: { record: { outcome: 'saved', reason: 'resave' } } });
  }
}

const same = '0123456789ab';

export const savedUnchanged: RuleCases = {
  finds: {
    'five in a row': (stage) => {
      visits(stage, [same, same, same, same, same]);
      return '5 requests in a row up to #5 GET / saved session a11c as it was.';
    },
  },
  nearMisses: {
    'four in a row': (stage) => visits(stage, [same, same, same, same]),
    'one of them changed it': (stage) => visits(stage, [same, same, '1123456789ab', same, same]),
  },
};
