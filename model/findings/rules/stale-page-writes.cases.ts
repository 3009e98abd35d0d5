import type { RuleCases, Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function write(stage: Stage, { reloads = false, user = 'bob', inThisTab = false, method = 'POST' } = {}) {
  const load = (path: string, of: string) => {
    const get = stage.start(path, { client, dest: 'document' });
    get.load({ user: of });
    get.finish();
    stage.see(get, { dest: 'document' });
  };
  load('/', 'ann');
  const login = stage.start('/login', { method: 'POST', client });
  login.load({ user: 'ann' });
  login.set('user', user);
  login.save({ user });
  login.finish();
  if (inThisTab) stage.see(login, { dest: 'document' });
  if (reloads) load('/', user);
  const post = stage.start('/note', { method, client });
  post.load({ user });
  post.set('note', 'x');
  post.save({ user, note: 'x' });
  post.finish();
  stage.see(post, { dest: 'document' });
}

export const stalePageWrites: RuleCases = {
  finds: {
    'another user logged in in another tab': (stage) => {
      write(stage);
      return '#3 POST /note wrote as "bob", from a page that #1 GET / had loaded as "ann".';
    },
  },
  nearMisses: {
    'the page was loaded again': (stage) => write(stage, { reloads: true }),
    'the same user': (stage) => write(stage, { user: 'ann' }),
    'this tab logged in itself': (stage) => write(stage, { inThisTab: true }),
    'it only read': (stage) => write(stage, { method: 'GET' }),
  },
};
