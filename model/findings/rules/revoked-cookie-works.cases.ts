import { ALICE } from '../../recording/recording.cases.ts';
import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

function logout(stage: Stage, store: string, flushes = true) {
  stage.serve({ ...DJANGO, store });
  const post = stage.start('/logout', { method: 'POST' });
  post.load({ user: 1 });
  if (flushes) post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  post.finish({ sessionAfter: null });
}

export const revokedCookieWorks: RuleCases = {
  finds: {
    'signed cookies': (stage) => {
      logout(stage, 'signed_cookies');
      return '#1 POST /logout ended a session that is its cookie: a copy of the cookie still works.';
    },
    'the app cleared the session, and the library dropped the cookie for it': (stage) => {
      stage.serve({ ...DJANGO, store: 'signed_cookies' });
      const post = stage.start('/logout', { method: 'POST' });
      post.load({ user: 1 });
      post.operation('clear', { state: {} });
      post.operation('flush', { actor: 'framework', from: ALICE, to: null, outcome: 'done' });
      post.finish({ sessionAfter: null });
      return '#1 POST /logout ended a session that is its cookie: a copy of the cookie still works.';
    },
  },
  nearMisses: {
    'a store': (stage) => logout(stage, 'db'),
    'the library dropped a cookie by itself': (stage) => {
      stage.serve({ ...DJANGO, store: 'signed_cookies' });
      const get = stage.start('/');
      get.load({ user: 1 });
      get.operation('flush', { actor: 'framework', from: ALICE, to: null, outcome: 'done' });
      get.finish({ sessionAfter: null });
    },
    'no logout': (stage) => logout(stage, 'signed_cookies', false),
  },
};
