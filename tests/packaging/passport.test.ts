/** An app of Passport as docs/passport.md shows it, its operations, and the traps that the page names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingsIn } from '../adapters/named-findings.ts';
import { fileOf, rulesNamed } from '../docs/page-code.ts';
import { type DevServer, EVENTS, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Passport can`t be installed';

/** Below the page's file: a strategy, users, and a route for each trap. */
const routes = (passport: 'passport' | 'passport5') => `
import { Strategy } from 'passport-local';

const known = new Map([['ada', { id: '1', name: 'Ada', passwordHash: 'scrypt$b1946ac92492d2347c6235b4d2611184' }]]);
passport.use(
  new Strategy((name, password, done) =>
    done(null, password === 'letmein' && known.get(name), { message: \`Incorrect. \${'x'.repeat(200)}\` }),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, known.get(user.name.toLowerCase()) ?? false));

app.use(express.urlencoded({ extended: false }));
app.get('/', (request, response) => response.json(request.user ?? null));
app.post('/cart', (request, response) => {
  request.session.cart = ['tea'];
  response.json({});
});
const login = (options) => passport.authenticate('local', { failureRedirect: '/', failureMessage: true, ...options });
app.post('/login', login({}), (request, response) => response.json({}));
app.post('/login/keeping', login({ keepSessionInfo: true }), (request, response) => response.json({}));
app.get('/logout', (request, response, next) => {
  ${passport === 'passport5' ? 'request.logout();\n  response.json({});' : 'request.logout((error) => (error ? next(error) : response.json({})));'}
});
app.post('/auth/callback', (request, response) => {
  request.session.failed = true;
  response.json({});
});
app.get('/auth/callback', (request, response) => response.json(request.session.oauth_state ?? null));
app.get('/auth', (request, response) => {
  request.session.oauth_state = 'f00';
  response.json({});
});
app.get('/leave-deserialized', (request, response) => {
  known.delete('ada');
  response.json({});
});
app.get('/api/log', (request, response) => response.json(${EVENTS}));
app.use((error, request, response, next) => response.status(500).json(error.message));
app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('It listens.'));
`;

const start = (name: string, app: string) =>
  startDevServer({
    lock: 'passport',
    files: { [name]: app },
    program: () => [name],
    environment: { SECRET: 'of this test' },
    ready: /It listens\./,
  });

const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
const ADA = form({ username: 'ada', password: 'letmein' });
const WRONG = form({ username: 'ada', password: 'guess' });

describe.skipIf(!hasRegistry)(`Passport${reason}`, () => {
  const page = fileOf('passport', 'app.mjs');
  let app: DevServer;
  beforeAll(async () => {
    app = await start('app.mjs', page + routes('passport'));
  }, 300_000);
  afterAll(() => app?.[Symbol.asyncDispose]());

  const namesIn = async (path: string) =>
    (await app.exchangeOf(path)).operations.map(({ operation, path: at = [] }) =>
      [operation, ...at.slice(0, 1)].join(' '),
    );

  test('a login and a logout: what Passport does to the session', async () => {
    await app.ask('/cart', { method: 'POST' });
    await app.ask('/login', ADA);
    expect((await namesIn('/login')).filter((name) => /^(?:set|save|cycle-key)/.test(name))).toEqual([
      'cycle-key',
      'set passport',
      'set passport',
      'save',
      'save',
    ]);
    expect((await app.ask('/')).body).toContain('"name":"Ada"');
    expect(await namesIn('/')).toContain('get passport');
    await app.ask('/logout');
    expect((await namesIn('/logout')).filter((name) => /^(?:save|cycle-key)/.test(name))).toEqual([
      'save',
      'cycle-key',
      'save',
    ]);
    expect((await app.ask('/')).body).toBe('null');
  });

  test('each trap of its page is found', async () => {
    for (let count = 0; count < 15; count++) await app.ask('/login', WRONG);
    await app.ask('/auth');
    await app.ask('/auth/callback', { headers: { cookie: '' } });
    const before = (await app.ask('/cart', { method: 'POST' })).headers;
    expect(before.get('sessionscope')).not.toBeNull();
    await app.ask('/auth/callback', {
      method: 'POST',
      headers: { cookie: '', origin: 'https://login.example', 'sec-fetch-site': 'cross-site' },
    });
    await expect
      .poll(async () => findingsIn(await app.events()).all)
      .toEqual(
        expect.arrayContaining([
          'cross-site-post',
          'data-dropped-at-rotation',
          'growing-session',
          'oauth-state-missing',
        ]),
      );
  });

  test('a user who is no longer found is taken out of the session', async () => {
    await app.ask('/login', ADA);
    await app.ask('/leave-deserialized');
    expect((await app.ask('/')).body).toBe('null');
    const { operations } = await app.exchangeOf('/');
    expect(operations.filter(({ inferred }) => inferred === true).map(({ path }) => path)).toContainEqual([
      'passport',
      'user',
    ]);
  });

  test('keepSessionInfo takes the rest of the session along', async () => {
    await using other = await start('keeping.mjs', page + routes('passport'));
    await other.ask('/cart', { method: 'POST' });
    await other.ask('/login/keeping', ADA);
    await other.exchangeOf('/login/keeping');
    const { all } = findingsIn(await other.events());
    expect(all).not.toContain('data-dropped-at-rotation');
    expect(all).not.toContain('key-kept-at-login');
  });

  test('Passport 0.5 keeps the key at login', async () => {
    const old = page
      .replace("from 'passport'", "from 'passport5'")
      .replace('app.use(passport.session());', 'app.use(passport.initialize(), passport.session());');
    await using other = await start('old.mjs', old + routes('passport5'));
    await other.ask('/cart', { method: 'POST' });
    await other.ask('/login', ADA);
    await expect.poll(async () => findingsIn(await other.events()).all).toContain('key-kept-at-login');
  });

  test('cookie-session has no regenerate: the login fails, and the session stays as it was', async () => {
    const cookies = page
      .replace("from 'express-session'", "from 'cookie-session'")
      .replace('sessionscope/express-session', 'sessionscope/cookie-session')
      .replace(/\(\{ secret.*?\}\)/, "({ keys: ['of this test'] })");
    await using other = await start('cookies.mjs', cookies + routes('passport'));
    await other.ask('/cart', { method: 'POST' });
    expect((await other.ask('/login', ADA)).body).toContain('regenerate is not a function');
    const { finished } = await other.exchangeOf('/login');
    expect(finished).toMatchObject({ status: 500, verdict: { record: { outcome: 'unchanged' } } });
  });

  test('its page names no rule that these apps do not show', () => {
    expect(rulesNamed('passport').toSorted()).toEqual(
      [
        'cross-site-post',
        'data-dropped-at-rotation',
        'growing-session',
        'key-kept-at-login',
        'oauth-state-missing',
      ].toSorted(),
    );
  });
});
