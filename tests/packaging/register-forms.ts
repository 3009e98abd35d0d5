/** `node --import sessionscope/register`: an app of which no line is changed, with the packed package, on each Node. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { writeAll } from './forms-app.ts';
import { mustRun, registryAnswers, run } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so nothing can be installed';
const NODES = ['node24', 'node22'] as const;

/** Asks itself once, and reports what was seen of it. What it exports is counted as the bare library's would be. */
const REPORT = `
const server = app.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/');
  const body = await response.text();
  const companion = globalThis[Symbol.for('sessionscope.companion')];
  const viewer = { all: true, sessions: new Set(), exchanges: new Set() };
  const events = companion?.log.read(null, viewer, 1000).events ?? [];
  const sets = events.filter(({ operation }) => operation === 'set');
  console.log('REPORT ' + JSON.stringify({
    status: response.status, body, header: response.headers.has('sessionscope'), sets: sets.length,
    middlewares: events.findLast(({ type }) => type === 'epoch-started')?.middlewares.length ?? 0,
    line: sets[0]?.source?.frames?.[0]?.line, names,
  }));
  server.closeAllConnections();
  server.close();
});
`;
const APP = `const app = express();
app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }));
app.get('/', (req, res) => {
  req.session.cart = ['apple'];
  res.send(typeof session.MemoryStore + session.name + session.length);
});
const names = Object.keys(session);
`;
const DJANGO = `const sessions = createSessions({ secretKey: 'of this test', engine: 'signed_cookies' });
const app = express();
app.use(expressSessions(sessions));
app.get('/', (req, res) => {
  req.session.set('cart', ['apple']);
  res.send('ok');
});
const names = Object.keys(library);
`;
const COOKIE = `const app = express();
app.use(cookieSession({ keys: ['of this test'] }));
app.get('/', (req, res) => {
  req.session.cart = ['apple'];
  res.send(cookieSession.name + cookieSession.length);
});
const names = Object.keys(cookieSession);
`;
const IRON = `const app = express();
app.get('/', async (req, res) => {
  const session = await getIronSession(req, res, { cookieName: 'iron', password: 'of this test, with 32 characters' });
  session.cart = ['apple'];
  await session.save();
  res.send(getIronSession.name + getIronSession.length);
});
const names = [];
`;
const KOA = `const app = new Koa();
app.keys = ['of this test'];
app.use(session({}, app));
app.use((ctx) => {
  ctx.session.cart = ['apple'];
  ctx.body = session.name + session.length;
});
const names = [];
`;
const FASTIFY = `const server_ = fastify({ forceCloseConnections: true });
const app = { listen: (port, host, done) => server_.listen({ port, host }).then(done) && server_.server };
server_.register(cookie);
server_.register(session, { secret: 'of this test, with 32 characters or more', cookie: { secure: false } });
server_.get('/', async (request) => {
  request.session.cart = ['apple'];
  return session.name + session.length + (session.fastifySession === session);
});
const names = Object.keys(session);
`;
const HONO = `const hono = new Hono();
hono.use(sessionMiddleware({ store: new MemoryStore() }));
hono.get('/', (c) => {
  c.get('session').set('cart', ['apple']);
  return c.text(sessionMiddleware.name + sessionMiddleware.length);
});
const app = { listen: (port, host, done) => createServer(getRequestListener(hono.fetch)).listen(port, host, done) };
const names = [];
`;
const HONO_SESSION = HONO.replace(
  'sessionMiddleware({ store: new MemoryStore() })',
  "useSession({ secret: 'of this test' })",
)
  .replace("hono.get('/', (c) => {", "hono.get('/', async (c) => {")
  .replace("c.get('session').set('cart', ['apple'])", "await c.get('session').update({ cart: ['apple'] })")
  .replaceAll('sessionMiddleware', 'useSession');
const SECURE = FASTIFY.replace('server_.register(cookie);\n', '')
  .replace("secret: 'of this test, with 32 characters or more'", "key: Buffer.alloc(32, 'of this test')")
  .replace('session.fastifySession', 'session.fastifySecureSession');
const FILES: Record<string, string> = {
  'package.json': JSON.stringify({ name: 'shop', private: true, dependencies: { 'express-session': '1' } }),
  'app.mjs': `import express from 'express';\nimport session from 'express-session';\n${APP}${REPORT}`,
  'app.cjs': `const express = require('express');\nconst session = require('express-session');\n${APP}${REPORT}`,
  'both.mjs': `import express from 'express';
import session from 'express-session';
import { createRequire } from 'node:module';
import { observe } from 'sessionscope/express-session';
if (createRequire(import.meta.url)('express-session') !== session) throw new Error('two of them');
${APP.replace('session({', 'observe(session, { redact: ["cart"] })({')}${REPORT}`,
  'typed.mts': `import express from 'express';\nimport session from 'express-session';\n${APP}${REPORT}`,
  'typed.cts': `import express = require('express');\nimport session = require('express-session');\n${APP}${REPORT}`,
  'typed-iron.mts': `import express from 'express';\nimport { getIronSession } from 'iron-session';\n${IRON}${REPORT}`,
  'typed-koa.mts': `import Koa from 'koa';\nimport session from 'koa-session';\n${KOA}${REPORT}`,
  'django.mjs': `import express from 'express';
import * as library from '@sessionscope/django-sessions';
import { createSessions } from '@sessionscope/django-sessions';
import { expressSessions } from '@sessionscope/django-sessions/express';
${DJANGO}${REPORT}`,
  'django.cjs': `const express = require('express');
const library = require('@sessionscope/django-sessions');
const { createSessions } = library;
const { expressSessions } = require('@sessionscope/django-sessions/express');
${DJANGO}${REPORT}`,
  'cookie.mjs': `import express from 'express';\nimport cookieSession from 'cookie-session';\n${COOKIE}${REPORT}`,
  'cookie.cjs': `const express = require('express');\nconst cookieSession = require('cookie-session');\n${COOKIE}${REPORT}`,
  'iron.mjs': `import express from 'express';\nimport { getIronSession } from 'iron-session';\n${IRON}${REPORT}`,
  'koa.mjs': `import Koa from 'koa';\nimport session from 'koa-session';\n${KOA}${REPORT}`,
  'koa.cjs': `const { default: Koa } = require('koa');\nconst { createSession: session } = require('koa-session');\n${KOA}${REPORT}`,
  'fastify.mjs': `import fastify from 'fastify'; import cookie from '@fastify/cookie'; import session from '@fastify/session';\n${FASTIFY}${REPORT}`,
  'fastify.cjs': `const fastify = require('fastify'); const cookie = require('@fastify/cookie'); const { fastifySession: session } = require('@fastify/session');\n${FASTIFY}${REPORT}`,
  'secure.mjs': `import fastify from 'fastify'; import session from '@fastify/secure-session';\n${SECURE}${REPORT}`,
  'secure.cjs': `const fastify = require('fastify'); const { fastifySecureSession: session } = require('@fastify/secure-session');\n${SECURE}${REPORT}`,
  'hono.mjs': `import { Hono } from 'hono'; import { getRequestListener } from '@hono/node-server'; import { createServer } from 'node:http'; import { MemoryStore, sessionMiddleware } from 'hono-sessions';\n${HONO}${REPORT}`,
  'hono.cjs': `const { Hono } = require('hono'); const { getRequestListener } = require('@hono/node-server'); const { createServer } = require('node:http'); const { MemoryStore, sessionMiddleware } = require('hono-sessions');\n${HONO}${REPORT}`,
  'hono-session.mjs': `import { Hono } from 'hono'; import { getRequestListener } from '@hono/node-server'; import { createServer } from 'node:http'; import { useSession } from '@hono/session';\n${HONO_SESSION}${REPORT}`,
  'hono-session.cjs': `const { Hono } = require('hono'); const { getRequestListener } = require('@hono/node-server'); const { createServer } = require('node:http'); const { useSession } = require('@hono/session');\n${HONO_SESSION}${REPORT}`,
  'six/koa.cjs': `const { default: Koa } = require('koa');\nconst session = require('koa-session');\n${KOA}${REPORT}`,
  'late.cjs': `require('express-session');\nrequire('sessionscope/register');\n`,
  'bundled.mjs': `import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
  for (let i = 0; i < 2; i++) await (await fetch('http://127.0.0.1:' + server.address().port)).text();
  server.closeAllConnections();
  server.close();
});
`,
};

/** Session libraries with what they need: the lock of the forms does not name them. */
const LIBRARIES = [
  'cookie-session',
  'iron-session',
  'koa',
  'koa-session',
  'fastify',
  '@fastify/cookie',
  '@fastify/session',
  '@fastify/secure-session',
  'hono',
  '@hono/node-server',
  'hono-sessions',
  '@hono/session',
];

/** Packages of this repository, with all that they depend on: each lies beside them, or is copied inside them. */
function withDependencies(names: readonly string[]): Set<string> {
  const all = new Set<string>();
  const add = (name: string): void => {
    const folder = join(ROOT, 'node_modules', name);
    if (all.has(name) || !existsSync(folder)) return;
    all.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies?: object;
    };
    Object.keys(dependencies).forEach(add);
  };
  names.forEach(add);
  return all;
}

/** Tests in the project `register-app` inside the folder in which the packages are installed. */
export function describeRegister(installed: () => string): void {
  const folder = () => join(installed(), 'register-app');

  beforeAll(() => {
    if (!hasRegistry) return;
    writeAll(folder(), FILES);
    // Django's sessions as an ES module have dependencies of their own: those of the app beside them are older.
    const copy = (name: string, to: string) =>
      cpSync(join(ROOT, 'node_modules', name), join(folder(), to), { recursive: true });
    for (const name of ['cookie', 'kysely', ...withDependencies(LIBRARIES)]) copy(name, join('node_modules', name));
    copy('koa-session6', 'six/node_modules/koa-session');
    for (const name of withDependencies(['koa-session6']))
      if (name !== 'koa-session6') copy(name, join('six/node_modules', name));
    const library = 'node_modules/@sessionscope/django-sessions';
    cpSync(join(installed(), library), join(folder(), library), { recursive: true });
  });

  const binary = (name: (typeof NODES)[number]) =>
    name === 'node22' ? join(installed(), 'node_modules/node22/bin/node') : process.execPath;
  const environment = (mode: string) => ({ NODE_ENV: mode, XDG_STATE_HOME: join(folder(), 'state') });
  const reportOf = (output: string) => JSON.parse(/^REPORT (.*)$/m.exec(output)![1]!) as Record<string, unknown>;

  describe.skipIf(!hasRegistry).each(NODES)(`%s${reason}`, (node) => {
    const start = (flags: string[], mode = 'development') =>
      reportOf(mustRun(binary(node), flags, { cwd: folder(), env: environment(mode) }));

    test.each([
      ['app.mjs', ['--import', 'sessionscope/register'], 6],
      ['app.cjs', ['--import', 'sessionscope/register'], 6],
      ['app.cjs', ['--require', 'sessionscope/register'], 6],
    ])('express-session in %s, by %j: observed, and otherwise as it is', (file, flags, line) => {
      const bare = start([file]);
      expect(start([...flags, file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line,
      });
      expect(start([...flags, file], 'production')).toEqual(bare);
    });

    // It reads and compiles what CommonJS loads by itself.
    describe.each([
      [
        ['--import', 'tsx', '--import', 'sessionscope/register'],
        ['typed-iron.mts', 'typed-koa.mts'],
      ],
      [['--import', 'sessionscope/register', '--import', 'tsx'], []],
    ])('tsx, by %j', (flags, others) => {
      test.each(['typed.mts', 'typed.cts', ...others])('%s: observed', (file) => {
        const bare = start(['--import', 'tsx', file]);
        const line = expect.any(Number) as number;
        expect(start([...flags, file])).toEqual({ ...bare, header: true, sets: 1, middlewares: 1, line });
        expect(start([...flags, file], 'production')).toEqual(bare);
      });
    });

    test('iron-session in iron.mjs', () => {
      const bare = start(['iron.mjs']);
      expect(start(['--import', 'sessionscope/register', 'iron.mjs'])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 6,
      });
      expect(start(['--import', 'sessionscope/register', 'iron.mjs'], 'production')).toEqual(bare);
    });

    test.each(['fastify.mjs', 'fastify.cjs'])('@fastify/session in %s', (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 7,
      });
      expect(start(['--import', 'sessionscope/register', file], 'production')).toEqual(bare);
    });

    test.each(['secure.mjs', 'secure.cjs'])('@fastify/secure-session in %s', (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 6,
      });
      expect(start(['--import', 'sessionscope/register', file], 'production')).toEqual(bare);
    });

    test.each(['hono.mjs', 'hono.cjs', 'hono-session.mjs', 'hono-session.cjs'])('a library of Hono in %s', (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 5,
      });
      expect(start(['--import', 'sessionscope/register', file], 'production')).toEqual(bare);
    });

    test.each(['koa.mjs', 'koa.cjs', 'six/koa.cjs'])('koa-session in %s', (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 7,
      });
      expect(start(['--import', 'sessionscope/register', file], 'production')).toEqual(bare);
    });

    test.each(['cookie.mjs', 'cookie.cjs'])('cookie-session in %s', (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toEqual({
        ...bare,
        header: true,
        sets: 1,
        middlewares: 1,
        line: 6,
      });
      expect(start(['--import', 'sessionscope/register', file], 'production')).toEqual(bare);
    });

    test.each(['django.mjs', 'django.cjs'])("Django's sessions in %s", (file) => {
      const bare = start([file]);
      expect(start(['--import', 'sessionscope/register', file])).toMatchObject({
        status: 200,
        body: bare['body'],
        names: bare['names'],
        header: true,
        sets: 1,
        middlewares: 1,
      });
    });

    test('an observe that stands in the code keeps its options, and nothing is observed twice', () => {
      expect(start(['--import', 'sessionscope/register', 'both.mjs'])).toMatchObject({
        sets: 1,
        middlewares: 1,
        header: true,
      });
    });

    test('what it can’t observe it names, with the line to write; in production it says nothing', () => {
      const late = (mode: string) => run(binary(node), ['late.cjs'], { cwd: folder(), env: environment(mode) }).stderr;
      expect(late('development')).toMatch(/express-session was loaded before.*observe\(session\)/);
      expect(late('production')).toBe('');
      const bundled = (mode: string) =>
        run(binary(node), ['--import', 'sessionscope/register', 'bundled.mjs'], {
          cwd: folder(),
          env: environment(mode),
        }).stderr;
      expect(bundled('development').match(/express-session is a dependency and was not loaded/g)).toHaveLength(1);
      expect(bundled('production')).toBe('');
    });
  });
}
