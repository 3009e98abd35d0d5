import { ALICE, BOB } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function login(
  stage: Stage,
  { session, hit = false, usedUp = false }: { session: string | null; hit?: boolean; usedUp?: boolean },
) {
  const begin = stage.start('/auth/google', { client });
  begin.load({});
  begin.set('oauth_state', 'x');
  begin.save({ oauth_state: 'x' });
  begin.finish({ status: 302 });
  if (usedUp) {
    const first = stage.start('/auth/google/callback', { client });
    first.load({ oauth_state: 'x' });
    first.operation('delete', { path: ['oauth_state'], before: 'x', hit: true });
    first.save({});
    first.finish();
  }
  const back = stage.start('/auth/google/callback', { client, session });
  back.get('oauth_state', hit ? 'x' : undefined, session === null ? { session: BOB } : {});
  back.finish();
}

export const oauthStateMissing: RuleCases = {
  finds: {
    'the callback came without a cookie': (stage) => {
      login(stage, { session: null });
      return '#2 GET /auth/google/callback looks for oauth_state, which #1 GET /auth/google had set in another session.';
    },
    'the callback came with another session': (stage) => {
      login(stage, { session: BOB });
      return '#2 GET /auth/google/callback looks for oauth_state, which #1 GET /auth/google had set in another session.';
    },
  },
  nearMisses: {
    'it is there': (stage) => login(stage, { session: ALICE, hit: true }),
    'it was used up by the first answer': (stage) => login(stage, { session: ALICE, usedUp: true }),
    'nobody set one': (stage) => {
      const back = stage.start('/auth/callback', { client });
      back.get('state');
      back.finish();
    },
  },
};
