import { ALICE, BOB } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function rotate(stage: Stage, state: object, after?: string) {
  const post = stage.start('/login', { method: 'POST' });
  post.load({ cart: 1, user: 2 });
  post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done', state: state as never });
  if (after !== undefined) post.set(after, 1, { session: BOB });
  post.finish({ sessionAfter: BOB });
}

export const dataDroppedAtRotation: RuleCases = {
  finds: {
    'regenerate began empty': (stage) => {
      rotate(stage, {});
      return '#1 POST /login began a new session and did not take cart over.';
    },
  },
  nearMisses: {
    'it kept everything': (stage) => rotate(stage, { cart: 1, user: 2 }),
    'the app put it back': (stage) => rotate(stage, {}, 'cart'),
  },
};
