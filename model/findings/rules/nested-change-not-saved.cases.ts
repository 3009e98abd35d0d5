import { DJANGO, line, type RuleCases, type Stage } from '../rule.cases.ts';

function push(stage: Stage, { modified = false, status = 200, reason = 'nested-change' } = {}) {
  stage.serve(DJANGO);
  const post = stage.start('/tags', { method: 'POST' });
  post.load({ tags: ['a'] });
  const get = post.get('tags', ['a'], line('shop/views.py', 12));
  post.operation('set', {
    call: 'nested change',
    path: ['tags', 1],
    before: { $: 'undefined' },
    after: 'b',
    inferred: true,
    via: get.seq,
    ...line('shop/views.py', 12),
  });
  if (modified) post.save({ tags: ['a', 'b'] });
  post.finish({ status, verdict: { record: modified ? { outcome: 'saved' } : { outcome: 'not-saved', reason } } });
}

export const nestedChangeNotSaved: RuleCases = {
  finds: {
    'a list that was appended to': (stage) => {
      push(stage);
      return '#1 POST /tags changed tags[1] inside the session, and it was not saved.';
    },
  },
  nearMisses: {
    'the app said that it was changed': (stage) => push(stage, { modified: true }),
    'the response was an error': (stage) => push(stage, { status: 500, reason: 'server-error' }),
    'it was changed back': (stage) => {
      const post = stage.start('/tags');
      post.load({ tags: ['a'] });
      post.operation('set', { path: ['tags', 0], before: 'a', after: 'b', inferred: true });
      post.operation('set', { path: ['tags', 0], before: 'b', after: 'a', inferred: true });
      post.finish({ verdict: { record: { outcome: 'unchanged' } } });
    },
  },
};
