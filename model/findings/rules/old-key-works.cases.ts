import { ALICE, BOB } from '../../recording/recording.cases.ts';
import type { RuleCases } from '../rule.cases.ts';

export const oldKeyWorks: RuleCases = {
  finds: {
    'a load by a key that was rotated away': (stage) => {
      const login = stage.start('/login', { method: 'POST' });
      login.load({});
      login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
      login.finish({ sessionAfter: BOB });
      stage.start('/account').load({ user: 1 });
      return '#2 GET /account opened session a11c by a key that #1 POST /login had replaced.';
    },
  },
  nearMisses: {
    'the new key': (stage) => {
      const login = stage.start('/login');
      login.load({});
      login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
      login.finish({ sessionAfter: BOB });
      stage.start('/account', { session: BOB }).load({ user: 1 });
    },
    'it had begun before the rotation': (stage) => {
      const early = stage.start('/account');
      const login = stage.start('/login');
      login.load({});
      login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
      early.load({ user: 1 });
    },
    'the deletion failed, and that was reported': (stage) => {
      const login = stage.start('/login');
      login.load({});
      login.operation('flush', { from: ALICE, to: null, outcome: 'error' });
      login.finish();
      stage.start('/account').load({ user: 1 });
    },
  },
};
