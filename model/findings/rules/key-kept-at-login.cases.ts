import { ALICE, BOB } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function login(stage: Stage, key: string, { before, rotates = false }: { before?: number; rotates?: boolean } = {}) {
  const post = stage.start('/login', { method: 'POST' });
  post.load({ cart: 1 });
  if (rotates) post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
  post.set(key, 7, before === undefined ? {} : { before });
  post.save({ cart: 1, [key]: 7 });
  post.finish({ ...(rotates ? { sessionAfter: BOB } : {}), verdict: { record: { outcome: 'saved' } } });
}

export const keyKeptAtLogin: RuleCases = {
  finds: {
    'a login into the session that was there': (stage) => {
      login(stage, 'user_id');
      return '#1 POST /login set user_id and kept the key a11c that the visitor had before.';
    },
  },
  nearMisses: {
    'it rotated the key': (stage) => login(stage, 'userId', { rotates: true }),
    'the user was in it already': (stage) => login(stage, 'userId', { before: 7 }),
    'another key': (stage) => login(stage, 'coupon'),
    'a new visitor: there was no key before': (stage) => {
      const post = stage.start('/login', { method: 'POST', session: null });
      post.operation('create', { session: BOB, state: {} });
      post.set('user', 7, { session: BOB });
      post.save({ user: 7 }, { session: BOB });
      post.finish({ sessionBefore: null, sessionAfter: BOB, verdict: { record: { outcome: 'saved' } } });
    },
  },
};
