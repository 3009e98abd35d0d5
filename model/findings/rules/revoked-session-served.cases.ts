import type { Middleware } from '../../../protocol/index.ts';
import { ALICE, BOB } from '../../recording/recording.cases.ts';
import { EXPRESS, type RuleCases, type Stage } from '../rule.cases.ts';

const BETTER_AUTH: Middleware = {
  library: 'better-auth',
  libraryVersion: '1.7.25',
  cookieNames: ['sid'],
  store: 'memory',
  recordsIn: 'process',
  settings: { 'session.cookieCache.maxAge': '300' },
};

function logout(stage: Stage): void {
  const request = stage.start('/sign-out', { method: 'POST' });
  request.load({ user: 1 });
  request.operation('flush', { from: ALICE, to: null });
  request.finish({ sessionAfter: null });
}

export const revokedSessionServed: RuleCases = {
  finds: {
    'a copy in a cookie, after the logout': (stage) => {
      stage.serve(BETTER_AUTH);
      logout(stage);
      stage.wait(1_000);
      stage.start('/account').load({ user: 1 }, { layer: 'cookie' });
      return '#2 GET /account took session a11c from a cookie, 1.0 s after #1 POST /sign-out had ended it.';
    },
    'where it is not known how long it counts': (stage) => {
      stage.serve({ ...BETTER_AUTH, settings: {} });
      logout(stage);
      stage.wait(2_000);
      stage.start('/account').load({ user: 1 }, { layer: 'cookie' });
      return '#2 GET /account took session a11c from a cookie, 2.0 s after #1 POST /sign-out had ended it.';
    },
  },
  nearMisses: {
    'the session lives': (stage) => {
      stage.serve(BETTER_AUTH);
      stage.start('/').load({ user: 1 });
      stage.start('/account').load({ user: 1 }, { layer: 'cookie' });
    },
    'another session was ended': (stage) => {
      stage.serve(BETTER_AUTH);
      logout(stage);
      stage.start('/account', { session: BOB }).load({ user: 2 }, { layer: 'cookie' });
    },
    'it had begun before the logout': (stage) => {
      stage.serve(BETTER_AUTH);
      const early = stage.start('/account');
      logout(stage);
      early.load({ user: 1 }, { layer: 'cookie' });
    },
    'the store was asked: an old key works': (stage) => {
      stage.serve(BETTER_AUTH);
      logout(stage);
      stage.start('/account').load({ user: 1 }, { layer: 'store' });
    },
    'the cookie is the record': (stage) => {
      stage.serve({ ...EXPRESS, library: 'cookie-session', store: 'cookie', recordsIn: 'cookie' });
      logout(stage);
      stage.start('/account').load({ user: 1 }, { layer: 'cookie' });
    },
  },
};
