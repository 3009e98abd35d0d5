import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkProject } from './doctor.ts';
import { checkServer } from './doctor-server.ts';
import { routeBeforeSessions } from './middleware-order.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessionscope-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Record<string, string | object>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const problems = () =>
  checkProject(folder)
    .filter(({ kind }) => kind === 'problem')
    .map(({ text }) => text);

const INSTALLED = {
  'node_modules/express-session/package.json': { name: 'express-session', version: '1.19.0' },
  'node_modules/sessionscope/package.json': { name: 'sessionscope', version: '0.1.0' },
};
const OBSERVED = { 'src/app.ts': `import { observe } from 'sessionscope/express-session';` };

test('a project that is observed and can be deployed has no problem', () => {
  write({
    'package.json': { dependencies: { 'express-session': '1', sessionscope: '0.1' } },
    ...INSTALLED,
    ...OBSERVED,
  });
  expect(problems()).toEqual([]);
  expect(
    checkProject(folder)
      .map(({ text }) => text)
      .join('\n'),
  ).toContain('is observed in src/app.ts');
});

test('a development dependency that deployed code imports breaks the deploy', () => {
  write({
    'package.json': { dependencies: { 'express-session': '1' }, devDependencies: { sessionscope: '0.1' } },
    ...INSTALLED,
    ...OBSERVED,
  });
  expect(problems()).toEqual([expect.stringContaining('npm ci --omit=dev breaks the app')]);
});

test('a library that nobody observes is named with the line to add', () => {
  write({
    'package.json': { dependencies: { 'express-session': '1' } },
    ...INSTALLED,
    'app.js': 'require("express-session")',
  });
  const [check] = checkProject(folder).filter(({ kind }) => kind === 'problem');
  expect(check).toMatchObject({
    text: expect.stringContaining('express-session 1.19.0 is not observed'),
    fix: expect.stringContaining("import { observe } from 'sessionscope/express-session'"),
  });
});

test('says what is missing: no package.json, no library, not installed, none observed yet', () => {
  expect(problems()).toEqual([expect.stringContaining('There is no package.json')]);
  write({ 'package.json': { dependencies: { 'next-auth': '4' } } });
  expect(checkProject(folder)).toContainEqual(
    expect.objectContaining({
      kind: 'note',
      text: expect.stringContaining('next-auth is installed; no companion'),
    }),
  );
  expect(problems()).toEqual(expect.arrayContaining([expect.stringContaining('no session library')]));
  write({ 'package.json': { dependencies: { 'express-session': '1' } } });
  expect(problems()).toEqual([
    'sessionscope is not installed in this project.',
    expect.stringContaining('express-session is in package.json and not installed'),
  ]);
});

const REGISTERED = { dev: 'node --import sessionscope/register app.js' };

test('a script that starts Node with sessionscope/register observes every library', () => {
  write({
    'package.json': {
      dependencies: { 'express-session': '1' },
      scripts: REGISTERED,
    },
    ...INSTALLED,
  });
  expect(problems()).toEqual([]);
  expect(checkProject(folder)).toContainEqual({
    kind: 'ok',
    text: 'express-session 1.19.0 is observed by sessionscope/register, in the script dev',
  });
});

test('h3 comes with Nuxt and Nitro, and only a line observes it', () => {
  const manifest = { dependencies: { nuxt: '4', sessionscope: '0.1' }, scripts: REGISTERED };
  const files = { 'package.json': manifest, 'node_modules/h3/package.json': { version: '1.15.11' }, ...INSTALLED };
  write({ ...files, 'server/api/me.ts': 'export default (event) => event.path' });
  expect(problems()).toEqual([expect.stringContaining('no session library')]);
  write({ 'server/api/me.ts': 'export default (event) => useSession(event, config)' });
  expect(checkProject(folder)).toContainEqual({
    kind: 'problem',
    text: 'h3 1.15.11 is not observed: no file imports sessionscope/h3.',
    fix: expect.not.stringContaining('sessionscope/register'),
  });
  write({ 'server/utils/session.ts': "import { observe } from 'sessionscope/h3';" });
  expect(problems()).toEqual([]);
  expect(checkProject(folder)).toContainEqual({
    kind: 'ok',
    text: 'h3 1.15.11 is observed in server/utils/session.ts',
  });
});

test('a library that no file observes is no problem where the running server is observed', () => {
  write({ 'package.json': { dependencies: { 'express-session': '1' } }, ...INSTALLED });
  expect(problems()).toEqual([expect.stringContaining('is not observed')]);
  expect(checkProject(folder, true).filter(({ kind }) => kind === 'problem')).toEqual([]);
  rmSync(join(folder, 'package.json'));
  write({ 'requirements.txt': 'flask' });
  expect(problems()).toEqual([expect.stringContaining('Flask: no file mounts')]);
  expect(checkProject(folder, true).map(({ kind }) => kind)).toEqual(['note']);
});

test('`enabled: true` in code that is deployed is named: production would be observed', () => {
  write({
    'package.json': { dependencies: { 'express-session': '1', sessionscope: '0.1' } },
    ...INSTALLED,
    'app.ts': `import { observe } from 'sessionscope/express-session'; observe(session, { enabled: true });`,
  });
  expect(problems()).toEqual(['app.ts has enabled: true: production is observed, too.']);
});

test.each([
  [`app.get('/', home);\napp.use(observe(session)({ secret }));`, { route: 1, sessions: 2 }],
  [`app.use('/api', apiRouter);\napp.use(session({ secret }));`, { route: 1, sessions: 2 }],
  [`app.use(express.json());\napp.use(observe(session)({ secret }));\napp.get('/', home);`, undefined],
  [`// app.get('/', home);\n/* app.post('/x') */\napp.use(cookieSession({ keys }));`, undefined],
  [`other.get('/health', ok);\napp.use(session({ secret }));`, undefined],
  [`const value = app.get('title');\nserve(value);`, undefined],
])('the order of middleware: %j', (source, misplaced) => {
  expect(routeBeforeSessions(source)).toEqual(misplaced);
});

test.each([
  [{ 'requirements.txt': 'Django==5.2\n' }, 'problem', 'Django: no file mounts the companion.'],
  [
    { 'requirements.txt': 'django-cors-headers\n' },
    'problem',
    'No file names Django, Starlette, FastAPI, Flask or Quart.',
  ],
  [{ 'pyproject.toml': '[project]\ndependencies = ["fastapi>=0.100"]\n' }, 'problem', 'Starlette or FastAPI: no file'],
  [
    {
      'requirements.txt': 'flask\n',
      'app.py': 'from sessionscope.flask import observe\n',
      '.venv/x.py': 'import flask\n',
    },
    'ok',
    'Flask is observed in app.py',
  ],
  [
    {
      'manage.py': '',
      'shop/settings.py': `MIDDLEWARE = [
        'django.contrib.sessions.middleware.SessionMiddleware',
        'sessionscope.django.middleware.SessionscopeMiddleware',
      ]`,
    },
    'problem',
    "shop/settings.py: Sessionscope's middleware does not stand directly before SessionMiddleware.",
  ],
] as const)('a Python project: %j', (files, kind, text) => {
  write(files);
  expect(checkProject(folder)).toContainEqual(expect.objectContaining({ kind, text: expect.stringContaining(text) }));
});

/** `hello`: what the endpoint answers; with its own origin in place of ORIGIN. */
async function serving(header: string | undefined, act: (url: string) => Promise<void>, hello?: object): Promise<void> {
  const server: Server = createServer((request, response) => {
    if (header !== undefined) response.setHeader('sessionscope', header);
    const origin = `http://${request.headers.host}`;
    if (request.url?.endsWith('/v1/hello') && hello !== undefined)
      response.end(JSON.stringify(hello).replace('ORIGIN', origin));
    else response.end('ok');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const APP = 'AbCdEfGhIjKlMnOpQrStUv';
const FIT = `"/__sessionscope__";v=1;app="${APP}";exchange="0123456789abcdef0123456789abcdef";epoch="0123456789ab"`;

test('a running server: not observed, unreadable, not there, an endpoint that is none', async () => {
  await serving(FIT, async (url) =>
    expect(await checkServer(url)).toMatchObject([
      { kind: 'ok' },
      { kind: 'problem', text: expect.stringContaining('does not answer as it should: it answers 200') },
    ]),
  );
  await serving(undefined, async (url) =>
    expect(await checkServer(url)).toMatchObject([
      { kind: 'problem', text: expect.stringContaining('without the Sessionscope header') },
    ]),
  );
  await serving('"//evil.test/x";v=1', async (url) =>
    expect(await checkServer(url)).toMatchObject([{ kind: 'problem', text: expect.stringContaining("can't be read") }]),
  );
  expect(await checkServer('http://127.0.0.1:1/')).toMatchObject([
    { kind: 'problem', text: expect.stringContaining('does not answer') },
  ]);
});

test('both listeners of a running server: there, none, out of reach, of another app', async () => {
  const companion = { name: 'sessionscope', version: '0.1.0' };
  const epoch = '0123456789ab';
  const hello = { v: 1, app: APP, project: 'shop', epoch, companion, runtime: 'node', libraries: [], paired: false };
  const listening = (origin: string) => ({ ...hello, directListener: { origin, path: '/__sessionscope__' } });
  const kinds = async (answer: object) => {
    let found: string[] = [];
    await serving(FIT, async (url) => void (found = (await checkServer(url)).map(({ kind }) => kind)), answer);
    return found;
  };
  expect(await kinds(listening('ORIGIN'))).toEqual(['ok', 'ok']);
  expect(await kinds({ ...hello, directListener: null })).toEqual(['ok', 'note']);
  expect(await kinds(listening('http://127.0.0.1:1'))).toEqual(['ok', 'note']);
  expect(await kinds({ ...listening('ORIGIN'), app: 'another' })).toEqual(['ok', 'problem']);
});
