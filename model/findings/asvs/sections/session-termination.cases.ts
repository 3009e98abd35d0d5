import { ALICE, BOB } from '../../../recording/recording.cases.ts';
import { DJANGO, EXPRESS, type Stage } from '../../rule.cases.ts';
import type { SectionCases } from '../requirement.cases.ts';

function logout(stage: Stage, { outcome = 'done' }: { outcome?: 'done' | 'error' } = {}) {
  const post = stage.start('/logout', { method: 'POST' });
  post.load({ user: 7 });
  post.operation('flush', { from: ALICE, to: null, outcome });
  post.finish({
    ...(outcome === 'done' ? { sessionAfter: null } : {}),
    verdict: { record: { outcome: outcome === 'done' ? 'deleted' : 'failed' } },
  });
}

function refused(stage: Stage, outcome: 'missing' | 'expired', session = ALICE) {
  const get = stage.start('/account', { session });
  get.operation('load', { outcome });
  get.finish({ sessionBefore: null, sessionAfter: null });
}

const NOTHING = 'No logout was seen, and no cookie of a session whose time was over. Log in, then log out.';

export const sessionTermination: SectionCases = {
  '7.4.1': {
    met: {
      'a logout ended one, and the time of another was over': (stage) => {
        logout(stage);
        refused(stage, 'expired', BOB);
        return '#1 POST /logout ended session a11c, and the store deleted its record.';
      },
    },
    metInPart: {
      'a logout deleted the record': (stage) => {
        logout(stage);
        return '#1 POST /logout ended session a11c, and the store deleted its record.';
      },
      'and its cookie came again': (stage) => {
        logout(stage);
        refused(stage, 'missing');
        return '#1 POST /logout ended session a11c, and #2 GET /account, which brought its cookie again, got nothing by it.';
      },
      'the time of a session was over': (stage) => {
        refused(stage, 'expired');
        return "#1 GET /account came after its session's time was over, and got nothing by its cookie.";
      },
    },
    unmet: {
      'a slow request saved it again': (stage) => {
        const slow = stage.start('/autosave', { method: 'POST' });
        slow.load({ user: 7 });
        logout(stage);
        slow.set('draft', 1);
        slow.save({ user: 7, draft: 1 });
        slow.finish({ verdict: { record: { outcome: 'saved' } } });
        return '#1 POST /autosave saved session a11c again, which #2 POST /logout had ended 3.0 ms before: its record is back.';
      },
      'its key still opens it': (stage) => {
        logout(stage);
        stage.wait(1_000);
        const get = stage.start('/account');
        get.load({ user: 7 });
        get.finish();
        return '#2 GET /account opened session a11c by a key that #1 POST /logout had ended.';
      },
      'the user was taken out, and the session kept': (stage) => {
        const post = stage.start('/logout', { method: 'POST' });
        post.load({ user: 7 });
        post.operation('delete', { path: ['user'], before: 7, hit: true });
        post.save({});
        post.finish({ verdict: { record: { outcome: 'saved' } } });
        return '#1 POST /logout took user out of the session and kept the rest of it under the same key.';
      },
      'the cookie is the session: a copy of it still works': (stage) => {
        stage.serve({ ...EXPRESS, library: 'cookie-session', store: 'cookie', recordsIn: 'cookie' });
        const post = stage.start('/logout', { method: 'POST' });
        post.load({ user: 7 }, { layer: 'cookie' });
        post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
        post.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
        return '#1 POST /logout ended a session that is its cookie: a copy of the cookie still works.';
      },
    },
    notTested: {
      'nobody logged out': (stage) => {
        const get = stage.start('/account');
        get.load({ user: 7 });
        get.finish();
        return NOTHING;
      },
      'the store failed to delete the record': (stage) => {
        logout(stage, { outcome: 'error' });
        return NOTHING;
      },
      'a session was ended of which there had been no record': (stage) => {
        const post = stage.start('/logout', { method: 'POST', session: null });
        post.operation('create', { session: ALICE, state: {} });
        post.operation('flush', { session: ALICE, from: ALICE, to: null, outcome: 'done' });
        post.finish({ sessionBefore: null, sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
        return NOTHING;
      },
      'an old key that a login had replaced still works': (stage) => {
        const post = stage.start('/login', { method: 'POST' });
        post.load({});
        post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
        post.finish({ sessionAfter: BOB });
        stage.wait(1_000);
        const get = stage.start('/account');
        get.load({});
        get.finish();
        return NOTHING;
      },
    },
  },
  '7.4.3': {
    metInPart: {
      'a framework ended a session of another password': (stage) => {
        stage.serve(DJANGO);
        const get = stage.start('/account');
        get.load({ _auth_user_id: '1' });
        get.operation('flush', { from: ALICE, to: null, outcome: 'done' });
        get.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted', reason: 'session-hash-differs' } } });
        return "Django ended session a11c in #1 GET /account: the password hash in it is not the user's.";
      },
    },
    outside: {
      "which sessions are one user's is not recorded": (stage) => {
        logout(stage);
        return "Which sessions are one user's is not recorded. Change a password in one browser, and see whether another is offered to be logged out.";
      },
    },
  },
};
