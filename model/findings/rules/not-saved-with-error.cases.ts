import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

function fail(stage: Stage, status: number, writes = true) {
  stage.serve(DJANGO);
  const post = stage.start('/pay', { method: 'POST' });
  post.load({});
  if (writes) post.set('tries', 1);
  post.finish({
    status,
    verdict: { record: { outcome: writes ? 'not-saved' : 'unchanged', reason: 'server-error' } },
  });
}

export const notSavedWithError: RuleCases = {
  finds: {
    'a write before a 500': (stage) => {
      fail(stage, 500);
      return '#1 POST /pay answered 500, so tries was not saved.';
    },
  },
  nearMisses: {
    'nothing was written': (stage) => fail(stage, 500, false),
    'it was saved before': (stage) => {
      stage.serve(DJANGO);
      const post = stage.start('/pay');
      post.load({});
      post.set('tries', 1);
      post.save({ tries: 1 });
      post.finish({ status: 500, verdict: { record: { outcome: 'saved' } } });
    },
  },
};
