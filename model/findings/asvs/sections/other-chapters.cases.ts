import { ALICE, BOB } from '../../../recording/recording.cases.ts';
import { setCookie, type Stage } from '../../rule.cases.ts';
import type { SectionCases } from '../requirement.cases.ts';

function login(stage: Stage, method = 'POST') {
  const post = stage.start('/login', { method, session: null });
  post.operation('create', { session: ALICE, state: {} });
  post.set('user', 7, { session: ALICE });
  post.save({ user: 7 }, { session: ALICE });
  post.finish({ status: 303, sessionBefore: null, sessionAfter: ALICE, verdict: { record: { outcome: 'saved' } } });
}

function logout(stage: Stage, method = 'POST') {
  const request = stage.start('/logout', { method });
  request.load({ user: 7 });
  request.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  request.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
}

function account(stage: Stage, cacheControl: string | undefined, { isLoggedIn = true, status = 200 } = {}) {
  const get = stage.start('/account');
  get.load({ user: 7 });
  get.get('user', isLoggedIn ? 7 : undefined);
  get.finish({ status, ...(cacheControl === undefined ? {} : { cacheControl }) });
}

const NO_USER = 'No request of a logged-in user was seen. Log in, and open a page that shows what is theirs.';

export const originSeparation: SectionCases = {
  '3.5.3': {
    metInPart: {
      'login and logout by POST': (stage) => {
        login(stage);
        logout(stage);
        return 'Each of 2 logins and logouts came by a method that changes things, as #2 POST /logout.';
      },
    },
    unmet: {
      'a GET logs out': (stage) => {
        login(stage);
        logout(stage, 'GET');
        return '#2 GET /logout ended session a11c.';
      },
    },
    notTested: {
      'no login, no logout': (stage) => {
        account(stage, undefined);
        return 'No login or logout was seen. Log in, then log out.';
      },
      'a login by GET, as from an identity provider': (stage) => {
        login(stage, 'GET');
        return '#1 GET /login put a user into a session by a GET: right for the way back from an identity provider, not for a form. Log out.';
      },
    },
  },
};

export const clientDataProtection: SectionCases = {
  '14.3.2': {
    metInPart: {
      'each response to a logged-in user has no-store': (stage) => {
        account(stage, 'private, no-store');
        account(stage, 'no-store');
        account(stage, undefined, { status: 302 });
        return 'Each of 2 responses to a logged-in user has no-store.';
      },
    },
    unmet: {
      'a cookie on a response that caches may keep': (stage) => {
        const get = stage.start('/');
        get.save({ user: 7 }, { session: BOB });
        get.finish({ cacheControl: 'public, max-age=60', verdict: { cookie: setCookie() } });
        return '#1 GET / set sid on a response that caches may keep: Cache-Control: public, max-age=60.';
      },
    },
    outside: {
      'browsers may keep one: what it shows, only the app knows': (stage) => {
        account(stage, 'no-store');
        account(stage, 'private');
        return 'The browser may keep the response to #2 GET /account, which asked who is logged in: it has no no-store. Whether it shows anything sensitive, only the app knows.';
      },
    },
    notTested: {
      'nobody was logged in': (stage) => {
        account(stage, undefined, { isLoggedIn: false });
        return NO_USER;
      },
      'only redirects': (stage) => {
        account(stage, undefined, { status: 302 });
        return NO_USER;
      },
    },
  },
};
