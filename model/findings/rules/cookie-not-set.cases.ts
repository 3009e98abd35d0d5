import type { RuleCases, Stage } from '../rule.cases.ts';

const due = { outcome: 'not-set', reason: 'secure-over-http', text: 'The cookie is Secure.', due: true } as const;

function visit(stage: Stage, cookie: object, fields: object = {}) {
  const get = stage.start('/', { session: null });
  get.operation('create', { session: 'a11ce0000000', state: {} });
  get.set('seen', 1, { session: 'a11ce0000000' });
  get.save({ seen: 1 }, { session: 'a11ce0000000' });
  get.finish({ sessionAfter: 'a11ce0000000', verdict: { record: { outcome: 'saved' }, cookie }, ...fields });
}

export const cookieNotSet: RuleCases = {
  finds: {
    'once for each reason, however often': (stage) => {
      visit(stage, due);
      visit(stage, due);
      return '#1 GET / saved a session, and its response does not set sid.';
    },
    'a session of a cookie, which was there before': (stage) => {
      const post = stage.start('/', { method: 'POST' });
      post.load({ a: 1 }, { layer: 'cookie' });
      post.set('a', 2);
      post.save({ a: 2 }, { outcome: 'error', error: { name: 'Error', message: 'too large' } });
      post.finish({ ending: 'aborted', verdict: { record: { outcome: 'failed' }, cookie: due } });
      return '#1 POST / changed its session, and its response does not set sid.';
    },
  },
  nearMisses: {
    'none was due': (stage) => visit(stage, { outcome: 'none' }),
    'the client went away': (stage) => visit(stage, due, { ending: 'aborted' }),
    'a value that could not be stored, which another rule reports': (stage) => {
      const post = stage.start('/', { method: 'POST', session: null });
      post.set('day', 'a date');
      post.finish({
        status: 500,
        verdict: {
          record: { outcome: 'failed', reason: 'not-serializable' },
          cookie: { ...due, reason: 'not-serializable' },
        },
      });
    },
    'an error page': (stage) => visit(stage, { ...due, reason: 'server-error' }),
  },
};
