import type { RuleCases, Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function show(stage: Stage, { key = 'flash', dest = 'image', method = 'GET', sets = true } = {}) {
  const post = stage.start('/order', { method: 'POST', client });
  if (sets) post.set(key, 'Thank you.');
  post.finish();
  const side = stage.start('/logo', { method, client, dest });
  side.get(key, 'Thank you.');
  side.operation('delete', { path: [key], before: 'Thank you.', hit: true });
  side.finish();
  const page = stage.start('/orders', { client, dest: 'document' });
  page.get(key);
  page.finish();
}

const SENTENCE =
  '#2 GET /logo took flash out of the session, which #1 POST /order had put there for a page: #3 GET /orders did not find it.';

export const flashEaten: RuleCases = {
  finds: {
    'a picture was faster': (stage) => {
      show(stage);
      return SENTENCE;
    },
    'a poll was faster': (stage) => {
      show(stage, { dest: 'empty' });
      return SENTENCE;
    },
  },
  nearMisses: {
    'a page had shown it': (stage) => show(stage, { dest: 'document' }),
    'a script took it by a POST': (stage) => show(stage, { dest: 'empty', method: 'POST' }),
    'it is no message': (stage) => show(stage, { key: 'cart' }),
    'nobody is known to have set it': (stage) => show(stage, { sets: false }),
  },
};
