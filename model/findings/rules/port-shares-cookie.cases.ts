import { ALICE, createRecording } from '../../recording/recording.cases.ts';
import { EXPRESS, type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const client = '0123456789ab';

/** `isOther`: of another project, which names the client by a key of its own. `isSeen`: by this tab's DevTools. */
function twoApps(stage: Stage, { outcome = 'missing', port = 8000, isOther = false, isSeen = false, path = '/' } = {}) {
  stage.serve();
  const other = createRecording('epoch00002', 1_700_000_000_100);
  const project = isOther ? { app: 'other-other', project: 'blog' } : {};
  other.epochStarted({ ...project, middlewares: [EXPRESS], server: { name: 'blog', port } });
  const write = other.start('/', {
    session: null,
    client: isOther ? 'ba9876543210' : client,
    host: `localhost:${port}`,
  });
  write.finish({ sessionAfter: ALICE, verdict: { cookie: setCookie({ path }) } });
  stage.events.push(...other.events);
  stage.wait(500);
  const get = stage.start('/', { client, host: 'localhost:3000' });
  get.operation('load', { outcome: outcome as never });
  get.finish();
  if (!isSeen) return;
  stage.see(write, { url: `http://localhost:${port}/` });
  stage.see(get);
}

export const portSharesCookie: RuleCases = {
  finds: {
    'another app on this host set a cookie of that name': (stage) => {
      twoApps(stage);
      return '#2 GET / to :3000 brought a sid that #1 GET / of :8000 had set.';
    },
    'an app of another project, and this tab saw both': (stage) => {
      twoApps(stage, { isOther: true, isSeen: true });
      return '#2 GET / to :3000 brought a sid that #1 GET / of :8000 had set.';
    },
  },
  nearMisses: {
    'an app of another project, and not this tab: whether it was the same browser is not known': (stage) =>
      twoApps(stage, { isOther: true }),
    'its cookie is of another path: this request cannot have brought it': (stage) => twoApps(stage, { path: '/blog' }),
    'the session was found': (stage) => twoApps(stage, { outcome: 'found' }),
    'the other has the same port': (stage) => twoApps(stage, { port: 3000 }),
    'both write one store, where another request ended the session': (stage) => {
      const redis = { ...EXPRESS, store: 'RedisStore' };
      stage.epochStarted({ middlewares: [redis] });
      const other = createRecording('epoch00002', 1_700_000_000_100);
      other.epochStarted({ middlewares: [redis], server: { name: 'shop', port: 8000 } });
      const write = other.start('/', { session: null, client, host: 'localhost:8000' });
      write.save({ a: 1 });
      write.finish({ sessionAfter: ALICE, verdict: { cookie: setCookie() } });
      stage.events.push(...other.events);
      stage.wait(500);
      const logout = stage.start('/logout', { client, host: 'localhost:3000' });
      logout.load({ a: 1 });
      logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
      logout.finish({ sessionAfter: null });
      stage.wait(500);
      const get = stage.start('/', { client, host: 'localhost:3000' });
      get.operation('load', { outcome: 'missing' });
      get.finish();
    },
  },
};
