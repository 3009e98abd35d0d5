import type { RuleCases, Stage } from '../rule.cases.ts';

function answer(stage: Stage, { cacheControl = 'public, max-age=60', vary = '', hit = true, method = 'GET' } = {}) {
  const get = stage.start('/', { method });
  get.load({ name: 'Ann' });
  get.get('name', hit ? 'Ann' : undefined);
  get.finish({ cacheControl, ...(vary === '' ? {} : { vary }) });
}

const SENTENCE =
  '#1 GET / read name from the session, and caches may give its response to others: Cache-Control: public, max-age=60.';

export const cacheableWithoutVary: RuleCases = {
  finds: {
    'no Vary': (stage) => {
      answer(stage);
      return SENTENCE;
    },
    'Vary names something else': (stage) => {
      answer(stage, { vary: 'Accept-Encoding' });
      return SENTENCE;
    },
  },
  nearMisses: {
    'Vary: Cookie': (stage) => answer(stage, { vary: 'Accept-Encoding, Cookie' }),
    private: (stage) => answer(stage, { cacheControl: 'private, max-age=60' }),
    'nothing was there to read': (stage) => answer(stage, { hit: false }),
    'a POST': (stage) => answer(stage, { method: 'POST' }),
  },
};
