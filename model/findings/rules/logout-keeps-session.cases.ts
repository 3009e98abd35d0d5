import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function leave(stage: Stage, path: string, how: 'delete' | 'flush' | 'other') {
  const post = stage.start(path, { method: 'POST' });
  post.load({ user: 1, cart: 2 });
  if (how === 'flush') {
    post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    post.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
    return;
  }
  post.operation('delete', { path: [how === 'delete' ? 'user' : 'coupon'], before: 1, hit: true });
  post.save({ cart: 2 });
  post.finish({ verdict: { record: { outcome: 'saved' } } });
}

export const logoutKeepsSession: RuleCases = {
  finds: {
    'the user was deleted from it': (stage) => {
      leave(stage, '/auth/logout', 'delete');
      return '#1 POST /auth/logout took user out of the session and kept the rest of it under the same key.';
    },
  },
  nearMisses: {
    'it ended the session': (stage) => leave(stage, '/logout', 'flush'),
    'another key': (stage) => leave(stage, '/logout', 'other'),
    'another page': (stage) => leave(stage, '/catalog/outlet', 'delete'),
  },
};
