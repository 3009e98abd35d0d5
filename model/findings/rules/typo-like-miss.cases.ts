import type { RuleCases, Stage } from '../rule.cases.ts';

function read(stage: Stage, name: string, there: string) {
  const get = stage.start('/');
  get.load({ [there]: 1 });
  get.get(name);
}

export const typoLikeMiss: RuleCases = {
  finds: {
    'a letter too few': (stage) => {
      read(stage, 'favorite', 'favourite');
      return '#1 GET / read favorite, which is not in the session; favourite is.';
    },
    'two letters swapped': (stage) => {
      read(stage, 'curreny', 'currney');
      return '#1 GET / read curreny, which is not in the session; currney is.';
    },
  },
  nearMisses: {
    'a plural': (stage) => read(stage, 'coupon', 'coupons'),
    'a number': (stage) => read(stage, 'step2', 'step1'),
    'short names': (stage) => read(stage, 'cart', 'card'),
    'it is written somewhere': (stage) => {
      const post = stage.start('/', { method: 'POST' });
      post.load({});
      post.set('favorite', 1);
      post.finish();
      read(stage, 'favorite', 'favourite');
    },
    'it is there': (stage) => {
      const get = stage.start('/');
      get.load({ favorite: 1, favourite: 2 });
      get.get('favorite', 1);
    },
  },
};
