import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function order(stage: Stage, { isEarly, location = '/orders' }: { isEarly: boolean; location?: string }) {
  const post = stage.start('/order', { method: 'POST' });
  post.load({ orders: 1 });
  post.set('orders', 2, { before: 1 });
  const follow = () => {
    const get = stage.start('/orders');
    get.load({ orders: isEarly ? 1 : 2 });
    get.finish();
  };
  if (isEarly) follow();
  stage.wait(300);
  post.save({ orders: 2 });
  post.finish({ status: 303, location, headAtMs: 3 });
  if (!isEarly) follow();
}

export const redirectBeforeSave: RuleCases = {
  finds: {
    'the page that it led to loaded the old record': (stage) => {
      order(stage, { isEarly: true });
      return '#2 GET /orders loaded the session 302 ms before #1 POST /order, which redirected to it, had saved orders.';
    },
    'there was no record yet': (stage) => {
      const post = stage.start('/order', { method: 'POST', session: null });
      post.operation('create', { session: ALICE, state: {} });
      post.set('orders', 1, { session: ALICE });
      const get = stage.start('/orders');
      get.operation('load', { outcome: 'missing' });
      get.finish();
      post.save({ orders: 1 }, { session: ALICE });
      post.finish({ status: 303, location: '/orders', headAtMs: 1, sessionAfter: ALICE });
      return '#2 GET /orders loaded the session 2.0 ms before #1 POST /order, which redirected to it, had saved orders.';
    },
  },
  nearMisses: {
    'the browser came after the save': (stage) => order(stage, { isEarly: false }),
    'another request, that nobody was led to': (stage) => order(stage, { isEarly: true, location: '/thanks' }),
    'the early one read the same': (stage) => {
      const post = stage.start('/order', { method: 'POST' });
      post.load({ orders: 1 });
      post.set('orders', 1, { before: 1 });
      const get = stage.start('/orders');
      get.load({ orders: 1 });
      post.save({ orders: 1 });
      post.finish({ status: 303, location: '/orders', headAtMs: 1 });
    },
  },
};
