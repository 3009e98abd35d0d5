import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

function save(stage: Stage, record: object) {
  stage.serve(DJANGO);
  const post = stage.start('/day', { method: 'POST' });
  post.load({});
  post.set('day', { $: 'date', iso: '2026-01-01' });
  post.finish({ status: 500, verdict: { record: record as never } });
}

export const notSerializable: RuleCases = {
  finds: {
    'a date in JSON': (stage) => {
      save(stage, { outcome: 'failed', reason: 'not-serializable' });
      return '#1 POST /day could not save its session: it holds a value that cannot be stored.';
    },
  },
  nearMisses: {
    'the store is down': (stage) => save(stage, { outcome: 'failed', reason: 'store-error' }),
    'it was saved': (stage) => save(stage, { outcome: 'saved', reason: 'modified' }),
  },
};
