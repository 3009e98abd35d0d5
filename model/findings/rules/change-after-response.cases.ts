import { EXPRESS, type RuleCases, type Stage } from '../rule.cases.ts';

function late(stage: Stage, { savesAgain = false } = {}) {
  const post = stage.start('/tags', { method: 'POST' });
  post.load({ tags: ['a'] });
  post.operation('touch', { outcome: 'done' });
  post.operation('set', { path: ['tags', 1], before: { $: 'undefined' }, after: 'late', inferred: true });
  if (savesAgain) post.save({ tags: ['a', 'late'] });
  post.finish({ status: 303, verdict: { record: { outcome: 'touched' } } });
}

/** Of a library whose cookie is the session, and that saves when it is asked to. */
function sealed(stage: Stage, { waitMs = 20, outcome = 'error' } = {}) {
  stage.serve({ ...EXPRESS, library: 'iron-session', store: 'cookie', commit: 'explicit' });
  const post = stage.start('/order', { method: 'POST' });
  post.load({ orders: 0 }, { layer: 'cookie' });
  stage.wait(waitMs);
  post.set('orders', 1, { before: 0 });
  post.save({ orders: 1 }, { outcome: outcome as never });
  post.finish({ headAtMs: 5, verdict: { record: { outcome: 'unchanged' } } });
}

function begunLate(stage: Stage, last: 'set' | 'delete') {
  const get = stage.start('/', { session: null });
  stage.wait(20);
  get.operation('create', { state: {} });
  get.set('step', 1);
  if (last === 'delete') get.operation('delete', { path: ['step'], before: 1 });
  get.finish({ headAtMs: 5, verdict: { record: { outcome: 'none', reason: 'untouched' } } });
}

export const changeAfterResponse: RuleCases = {
  finds: {
    'a change after the touch': (stage) => {
      late(stage);
      return '#1 POST /tags changed tags[1] after its response had begun: it was not saved.';
    },
    'a new session that was never saved': (stage) => {
      const get = stage.start('/', { session: null });
      get.operation('create', { state: {} });
      stage.wait(20);
      get.set('step', 1);
      get.finish({ headAtMs: 5, verdict: { record: { outcome: 'not-saved', reason: 'too-late' } } });
      return '#1 GET / changed step after its response had begun: it was not saved.';
    },
    'a save that the library refuses, as the response has begun': (stage) => {
      sealed(stage);
      return '#1 POST /order changed orders after its response had begun: it was not saved.';
    },
    'a session that was begun after the library had decided': (stage) => {
      begunLate(stage, 'set');
      return '#1 GET / changed step after its response had begun: it was not saved.';
    },
  },
  nearMisses: {
    'a cookie that was sealed in time': (stage) => sealed(stage, { waitMs: 0, outcome: 'done' }),
    'a session that was begun then, and emptied again': (stage) => begunLate(stage, 'delete'),
    'the app saved again': (stage) => late(stage, { savesAgain: true }),
    'the change came first': (stage) => {
      const post = stage.start('/tags');
      post.load({ tags: 1 });
      post.set('tags', 2, { before: 1 });
      post.save({ tags: 2 });
      post.finish({ headAtMs: 1, verdict: { record: { outcome: 'saved' } } });
    },
  },
};
