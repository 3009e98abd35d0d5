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
  },
  nearMisses: {
    'a store': (stage) => logout(stage, 'db'),
    'no logout': (stage) => logout(stage, 'signed_cookies', false),
  },
};
