import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases } from '../rule.cases.ts';

export const logoutUndone: RuleCases = {
  finds: {
    'a save after the flush of another request': (stage) => {
      const slow = stage.start('/autosave', { method: 'POST' });
      slow.load({ user: 1 });
      const logout = stage.start('/logout', { method: 'POST' });
      logout.load({ user: 1 });
      logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
      stage.wait(100);
      slow.save({ user: 1, draft: 'x' });
      return '#1 POST /autosave saved session a11c again, which #2 POST /logout had ended 101 ms before: its record is back.';
    },
    'a save under a key that was rotated': (stage) => {
      const slow = stage.start('/autosave');
      slow.load({ user: 1 });
      const login = stage.start('/login', { method: 'POST' });
      login.load({ user: 1 });
      login.operation('cycle-key', { from: ALICE, to: 'b0b000000000', session: 'b0b000000000', outcome: 'done' });
      slow.save({ user: 1 });
      return '#1 GET /autosave saved under the old key a11c, which #2 POST /login had replaced 1.0 ms before: the old key works again.';
    },
  },
  nearMisses: {
    'the store refused: nothing was written': (stage) => {
      const slow = stage.start('/autosave');
      slow.load({ user: 1 });
      const logout = stage.start('/logout');
      logout.load({ user: 1 });
      logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
      slow.save({ user: 1 }, { outcome: 'gone' });
    },
    'the save came first': (stage) => {
      const slow = stage.start('/autosave');
      slow.load({ user: 1 });
      const logout = stage.start('/logout');
      logout.load({ user: 1 });
      slow.save({ user: 1 });
      logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    },
    'a new session that a request made after its own flush': (stage) => {
      const one = stage.start('/switch');
      one.load({ user: 1 });
      one.operation('flush', { from: ALICE, to: null, outcome: 'done' });
      one.save({ user: 2 });
    },
  },
};
