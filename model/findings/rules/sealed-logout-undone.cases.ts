import { ALICE } from '../../recording/recording.cases.ts';
import { DJANGO, type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const expired = { outcome: 'expired', reason: 'cleared', text: 'Dropped.' } as const;

/** `isLate`: the autosave answers last. `isWritten`: it sets a cookie at all. */
function logout(stage: Stage, { isLate = true, isWritten = true } = {}) {
  stage.serve({ ...DJANGO, store: 'signed_cookies' });
  const slow = stage.start('/autosave', { method: 'POST' });
  slow.load({ user: 1 }, { layer: 'cookie' });
  const finish = () => {
    if (isWritten) slow.save({ user: 1, draft: 'x' }, { from: ALICE, to: 'bbbbbbbbbbbb', session: 'bbbbbbbbbbbb' });
    slow.finish(isWritten ? { verdict: { cookie: setCookie() } } : {});
  };
  if (!isLate) finish();
  const end = stage.start('/logout', { method: 'POST' });
  end.load({ user: 1 }, { layer: 'cookie' });
  end.operation('flush', { from: ALICE, to: null });
  end.finish({ sessionAfter: null, verdict: { cookie: expired } });
  if (isLate) finish();
}

export const sealedLogoutUndone: RuleCases = {
  finds: {
    'an answer that comes after that of the logout': (stage) => {
      logout(stage);
      return '#1 POST /autosave set a cookie with the session that #2 POST /logout had ended while it ran: the browser has it again.';
    },
  },
  nearMisses: {
    'the answer came first': (stage) => logout(stage, { isLate: false }),
    'it set no cookie': (stage) => logout(stage, { isWritten: false }),
  },
};
