import { ALICE } from '../../recording/recording.cases.ts';
import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function logout(
  stage: Stage,
  { brings, sets, client }: { brings: string | null; sets?: 'its own' | 'another'; client?: string },
) {
  const post = stage.start('/logout', { method: 'POST', ...(client === undefined ? {} : { client: '0123456789ab' }) });
  post.load({ user: 1 });
  post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  const early = stage.start('/poll');
  post.finish({
    sessionAfter: sets === 'another' ? 'b0b000000000' : null,
    ...(sets === undefined ? {} : { verdict: { cookie: setCookie() } }),
  });
  early.finish();
  stage.start('/', { session: brings, ...(client === undefined ? {} : { client }) }).finish({ sessionAfter: null });
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
    'another client, which has a copy of the cookie': (stage) =>
      logout(stage, { brings: ALICE, client: 'ba9876543210' }),
    'another session': (stage) => logout(stage, { brings: 'b0b000000000' }),
  },
};
