import type { RuleCases, Stage } from '../rule.cases.ts';

function save(stage: Stage, fields: object) {
  const post = stage.start('/', { method: 'POST' });
  post.load({});
  post.save({ a: 1 }, fields);
}

export const storeFailed: RuleCases = {
  finds: {
    'no connection': (stage) => {
      save(stage, { outcome: 'error', error: { name: 'Error', message: 'connect ECONNREFUSED' } });
      return 'RedisStore could not save session a11c for #1 POST /.';
    },
  },
  nearMisses: {
    'a value that does not fit': (stage) =>
      save(stage, { outcome: 'error', error: { name: 'TypeError', message: 'Do not know how to serialize a BigInt' } }),
    'it was saved': (stage) => save(stage, {}),
  },
};
