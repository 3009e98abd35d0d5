import { ALICE } from '../../recording/recording.cases.ts';
import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function logout(stage: Stage, { brings, sets }: { brings: string | null; sets?: 'its own' | 'another' }) {
  const post = stage.start('/logout', { method: 'POST' });
  post.load({ user: 1 });
  post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  const early = stage.start('/poll');
  post.finish({
    sessionAfter: sets === 'another' ? 'b0b000000000' : null,
    ...(sets === undefined ? {} : { verdict: { cookie: setCookie() } }),
  });
  early.finish();
  stage.start('/', { session: brings }).finish({ sessionAfter: null });
}

export const logoutLeavesCookie: RuleCases = {
  finds: {
    'the next request brings it': (stage) => {
      logout(stage, { brings: ALICE });
      return '#3 GET / still brought the sid of session a11c, which #1 POST /logout had ended.';
    },
    'the logout itself set it once more': (stage) => {
      logout(stage, { brings: ALICE, sets: 'its own' });
      return '#3 GET / still brought the sid of session a11c, which #1 POST /logout had ended.';
    },
  },
  nearMisses: {
    'the logout set the cookie of another session': (stage) => logout(stage, { brings: ALICE, sets: 'another' }),
    'it was dropped': (stage) => logout(stage, { brings: null }),
    'another session': (stage) => logout(stage, { brings: 'b0b000000000' }),
  },
};
