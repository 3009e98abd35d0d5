import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

const [ONE, OTHER] = ['0123456789ab', 'ba9876543210'];

function share(stage: Stage, { by = ONE, had = true, outcome = 'missing', fails = false } = {}) {
  if (had) {
    const visit = stage.start('/', { client: OTHER });
    visit.load({});
    visit.finish();
  }
  const logout = stage.start('/logout', { method: 'POST', client: by });
  logout.operation('flush', { from: ALICE, outcome: fails ? 'error' : 'done' });
  logout.finish({ sessionAfter: null });
  const next = stage.start('/', { client: OTHER });
  next.operation('load', { outcome: outcome as never });
  next.finish({ sessionAfter: null });
}

export const sessionOfTwoClients: RuleCases = {
  finds: {
    'one logs out, and the other had it too': (stage) => {
      share(stage);
      return '#3 GET / brought session a11c, which another client had ended by #2 POST /logout.';
    },
  },
  nearMisses: {
    'the same client: its cookie was left': (stage) => share(stage, { by: OTHER }),
    'it never had it before': (stage) => share(stage, { had: false }),
    'the record is there': (stage) => share(stage, { outcome: 'found' }),
    'the logout failed': (stage) => share(stage, { fails: true }),
  },
};
