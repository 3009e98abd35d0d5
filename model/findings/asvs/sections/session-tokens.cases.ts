import { ALICE, BOB } from '../../../recording/recording.cases.ts';
import { EXPRESS, setCookie, type Stage } from '../../rule.cases.ts';
import type { SectionCases } from '../requirement.cases.ts';

const CAROL = 'ca4010000000';

/** A first visit: the response begins a session. */
function begin(stage: Stage, session = ALICE) {
  const get = stage.start('/cart', { session: null });
  get.operation('create', { session, state: {} });
  get.set('cart', 1, { session });
  get.save({ cart: 1 }, { session });
  get.finish({ sessionBefore: null, sessionAfter: session, verdict: { record: { outcome: 'saved' } } });
}

/** A login by somebody who has a session: under a new key, unless it is kept. */
function login(stage: Stage, { keeps = false, key = 'user_id' } = {}) {
  const post = stage.start('/login', { method: 'POST' });
  post.load({ cart: 1 });
  if (!keeps) post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
  const session = keeps ? ALICE : BOB;
  post.set(key, 7, { session });
  post.save({ [key]: 7 }, { session });
  post.finish({ sessionAfter: session, verdict: { record: { outcome: 'saved' } } });
}

/** By its own account no login: a page that keeps a name. */
function remember(stage: Stage) {
  const get = stage.start('/hello');
  get.load({ cart: 1 });
  get.set('username', 'Ann');
  get.save({ cart: 1, username: 'Ann' });
  get.finish({ verdict: { record: { outcome: 'saved' } } });
}

function refused(stage: Stage, outcome: 'missing' | 'expired' | 'invalid-signature', session: string | null = ALICE) {
  const get = stage.start('/cart', {
    cookie: {
      name: 'sid',
      sent: 1,
      ...(session === null ? { signature: 'invalid' } : { fingerprint: session, signature: 'valid' }),
    },
    session,
  });
  get.operation('load', { outcome, session });
  get.finish({ sessionBefore: null, sessionAfter: null });
}

export const sessionTokens: SectionCases = {
  '7.2.1': {
    met: {
      'a signature was refused': (stage) => {
        refused(stage, 'invalid-signature', null);
        return 'The server refused the cookie that #1 GET /cart brought: its signature is invalid.';
      },
      'a key of which there is no record': (stage) => {
        refused(stage, 'missing');
        return 'The server refused the cookie that #1 GET /cart brought: no record has its key.';
      },
    },
    notTested: {
      'every cookie was good': (stage) => {
        begin(stage);
        login(stage);
        return "No bad cookie came. Change some letters of the session's cookie in DevTools (Application, Cookies) and load the page.";
      },
      'a key without a record, under which a session was saved': (stage) => {
        const get = stage.start('/cart');
        get.operation('load', { outcome: 'missing' });
        get.save({ cart: 1 });
        get.finish({ verdict: { record: { outcome: 'saved' } } });
        return "No bad cookie came. Change some letters of the session's cookie in DevTools (Application, Cookies) and load the page.";
      },
    },
  },
  '7.2.2': {
    met: {
      'two sessions began under two keys': (stage) => {
        begin(stage);
        begin(stage, BOB);
        return '2 sessions began, each under a key of its own.';
      },
      'a login made a new one': (stage) => {
        begin(stage);
        login(stage);
        return '2 sessions began, each under a key of its own.';
      },
    },
    unmet: {
      'two visitors got one key': (stage) => {
        begin(stage);
        begin(stage);
        return '#1 GET /cart and #2 GET /cart both made a session under the key a11c.';
      },
    },
    notTested: {
      'one session began': (stage) => {
        begin(stage);
        return 'One session was seen to begin. Begin two: log in after another page, or use a second browser window.';
      },
      'one began, and the next request brought it': (stage) => {
        begin(stage);
        const get = stage.start('/cart');
        get.load({ cart: 1 });
        get.save({ cart: 2 });
        get.finish({ verdict: { record: { outcome: 'saved' } } });
        return 'One session was seen to begin. Begin two: log in after another page, or use a second browser window.';
      },
      'one began, and another was never saved': (stage) => {
        begin(stage);
        const get = stage.start('/', { session: null });
        get.operation('create', { session: BOB, state: {} });
        get.finish({ sessionBefore: null, sessionAfter: null });
        return 'One session was seen to begin. Begin two: log in after another page, or use a second browser window.';
      },
    },
  },
  '7.2.3': {
    unmet: {
      'a key that the client made up became a session': (stage) => {
        const get = stage.start('/');
        get.operation('load', { outcome: 'missing' });
        get.save({ seen: 1 });
        get.finish();
        return '#1 GET / came with key a11c, which the store did not know, and saved a session under it.';
      },
    },
    outside: {
      'keys are not recorded': (stage) => {
        begin(stage);
        return 'Keys never leave the server, so their length and randomness are not recorded. What to read: how the library makes them, and whether the app gives it a generator of its own.';
      },
    },
  },
  '7.2.4': {
    met: {
      'a login ended the key that its visitor had come with': (stage) => {
        begin(stage);
        login(stage);
        return '#2 POST /login ended key a11c as it logged in, and went on under b0b0.';
      },
      'the user came first, and the new key kept them': (stage) => {
        const post = stage.start('/login', { method: 'POST' });
        post.load({ cart: 1 });
        post.set('user', 7);
        const state = { cart: 1, user: 7 };
        post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done', state });
        post.save(state, { session: BOB });
        post.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'saved' } } });
        return '#1 POST /login ended key a11c as it logged in, and went on under b0b0.';
      },
      'and who brought the old one got nothing': (stage) => {
        begin(stage);
        login(stage);
        refused(stage, 'missing');
        return '#2 POST /login ended key a11c as it logged in, and went on under b0b0.';
      },
    },
    metInPart: {
      'a login did, and a GET put a user into a session and kept its key': (stage) => {
        remember(stage);
        login(stage);
        return '#2 POST /login ended key a11c as it logged in, and went on under b0b0.';
      },
    },
    unmet: {
      'a login kept the key': (stage) => {
        begin(stage);
        login(stage, { keeps: true });
        return '#2 POST /login set user_id and kept the key a11c that the visitor had before.';
      },
      'the old key still works after it': (stage) => {
        begin(stage);
        login(stage);
        stage.wait(1_000);
        const get = stage.start('/cart');
        get.load({ cart: 1 });
        get.finish();
        return '#3 GET /cart opened session a11c by a key that #2 POST /login had replaced.';
      },
    },
    notTested: {
      'no login': (stage) => {
        begin(stage);
        return 'No login was seen: nothing put a user, user_id or the like into a session. Open a page that begins a session, then log in.';
      },
      'a new key, and nobody logged in': (stage) => {
        begin(stage);
        login(stage, { key: 'coupon' });
        return 'No login was seen: nothing put a user, user_id or the like into a session. Open a page that begins a session, then log in.';
      },
      'a login by who had no session': (stage) => {
        const post = stage.start('/login', { method: 'POST', session: null });
        post.operation('create', { session: CAROL, state: {} });
        post.set('user', 7, { session: CAROL });
        post.save({ user: 7 }, { session: CAROL });
        post.finish({ sessionBefore: null, sessionAfter: CAROL, verdict: { record: { outcome: 'saved' } } });
        return '#1 POST /login logged in without a session from before. Open a page that begins a session, then log in.';
      },
      'a new key that dropped the user who had just been put in': (stage) => {
        const post = stage.start('/login', { method: 'POST' });
        post.load({ cart: 1 });
        post.set('user', 7);
        post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done', state: {} });
        post.save({}, { session: BOB });
        post.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'saved' } } });
        return '#1 POST /login logged in, and what became of the key from before was not seen. Log in once more.';
      },
      'a new key whose session was not saved': (stage) => {
        const post = stage.start('/login', { method: 'POST' });
        post.load({ cart: 1 });
        post.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
        post.set('user', 7, { session: BOB });
        post.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'failed' } } });
        return '#1 POST /login logged in, and what became of the key from before was not seen. Log in once more.';
      },
      'a GET put a user into a session and kept its key': (stage) => {
        remember(stage);
        return "#1 GET /hello put a user into a session and kept its key. Whether that was a login is not known. Log in by the app's form.";
      },
    },
    outside: {
      'the cookie is the session: nothing ends the one from before': (stage) => {
        stage.serve({ ...EXPRESS, library: 'cookie-session', store: 'cookie', recordsIn: 'cookie' });
        const post = stage.start('/login', { method: 'POST' });
        post.load({ cart: 1 }, { layer: 'cookie' });
        post.set('user', 7);
        post.save({ cart: 1, user: 7 }, { session: BOB, from: ALICE, to: BOB });
        post.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'saved' }, cookie: setCookie() } });
        return "Where the cookie is the session, #1 POST /login made another one, and nothing ends the one from before: whether the app refuses it can't be seen.";
      },
    },
  },
};
