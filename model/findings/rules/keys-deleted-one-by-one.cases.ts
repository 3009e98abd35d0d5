import type { RuleCases, Stage } from '../rule.cases.ts';

function remove(stage: Stage, ...keys: string[]) {
  const post = stage.start('/logout', { method: 'POST' });
  post.load({ user: 1, cart: 2, coupon: 3 });
  for (const key of keys) post.operation('delete', { path: [key], before: 1, hit: true });
  post.finish();
}

export const keysDeletedOneByOne: RuleCases = {
  finds: {
    'all of them': (stage) => {
      remove(stage, 'user', 'cart', 'coupon');
      return '#1 POST /logout deleted user, cart and coupon one by one until the session was empty.';
    },
  },
  nearMisses: {
    'one is left': (stage) => remove(stage, 'user', 'cart'),
    'a cart that is emptied has no user': (stage) => {
      const post = stage.start('/empty');
      post.load({ a: 1, b: 2, c: 3 });
      for (const key of ['a', 'b', 'c']) post.operation('delete', { path: [key], before: 1, hit: true });
      post.finish();
    },
  },
};
