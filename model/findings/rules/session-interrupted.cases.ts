import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function overlap(stage: Stage, ends: boolean) {
  const slow = stage.start('/slow', { method: 'POST' });
  slow.load({ user: 1 });
  if (ends) {
    const logout = stage.start('/logout', { method: 'POST' });
    logout.load({ user: 1 });
    logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  }
  return slow;
}

export const sessionInterrupted: RuleCases = {
  finds: {
    'a save that found no record, after a flush': (stage) => {
      overlap(stage, true).save({ user: 1 }, { outcome: 'gone' });
      return '#1 POST /slow could not save its session: #2 POST /logout had ended it 1.0 ms before.';
    },
    'a touch that found none': (stage) => {
      overlap(stage, true).operation('touch', { outcome: 'gone' });
      return '#1 POST /slow could not touch its session: #2 POST /logout had ended it 1.0 ms before.';
    },
  },
  nearMisses: {
    'nobody is known to have ended it': (stage) => {
      overlap(stage, false).save({ user: 1 }, { outcome: 'gone' });
    },
    'it was saved': (stage) => {
      overlap(stage, true).save({ user: 1 });
    },
  },
};
