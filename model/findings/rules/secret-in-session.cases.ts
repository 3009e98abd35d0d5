import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

const redacted = { $: 'redacted', digest: '0123456789ab', by: 'name' } as const;

function put(stage: Stage, path: string[], after: unknown = redacted, store = 'db') {
  stage.serve({ ...DJANGO, store });
  const post = stage.start('/signup', { method: 'POST' });
  post.operation('set', { path, after: after as never });
}

export const secretInSession: RuleCases = {
  finds: {
    'a password': (stage) => {
      put(stage, ['form', 'password']);
      return '#1 POST /signup put form.password into the session.';
    },
    'a token in a cookie': (stage) => {
      put(stage, ['access_token'], redacted, 'signed_cookies');
      return '#1 POST /signup put access_token into the session.';
    },
  },
  nearMisses: {
    'a token in a store': (stage) => put(stage, ['access_token']),
    'when the password was changed': (stage) => put(stage, ['password_changed_at'], 1),
    "Django's own hash": (stage) => put(stage, ['_auth_user_hash']),
    'a flag': (stage) => put(stage, ['password'], true),
  },
};
