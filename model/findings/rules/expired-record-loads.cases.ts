import type { RuleCases, Stage } from '../rule.cases.ts';

function later(stage: Stage, waitMs: number, { storeAssumed = false, touched = false } = {}) {
  const first = stage.start('/');
  const at = 1_700_000_000_000;
  first.save({ a: 1 }, { expiry: { storeAt: at + 60_000, ...(storeAssumed ? { storeAssumed } : {}) } });
  first.finish();
  if (touched) stage.start('/x').operation('touch', { outcome: 'done', expiry: { storeAt: at + 900_000 } });
  stage.wait(waitMs);
  stage.start('/again').load({ a: 1 });
}

export const expiredRecordLoads: RuleCases = {
  finds: {
    'long after its end': (stage) => {
      later(stage, 120_000);
      return '#2 GET /again loaded session a11c 1 min after its record had expired.';
    },
  },
  nearMisses: {
    'before its end': (stage) => later(stage, 50_000),
    'its end is assumed': (stage) => later(stage, 120_000, { storeAssumed: true }),
    'it was kept alive': (stage) => later(stage, 120_000, { touched: true }),
  },
};
