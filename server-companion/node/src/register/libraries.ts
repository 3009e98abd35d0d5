/** The libraries that `sessionscope/register` observes, and those that it can only name. */
import { observe as observeCookieSession } from '../public/cookie-session.ts';
import { observe as observeDjangoSessions } from '../public/django-sessions.ts';
import { observe as observeExpressSession } from '../public/express-session.ts';
import { observe as observeFastifySecureSession } from '../public/fastify-secure-session.ts';
import { observe as observeFastifySession } from '../public/fastify-session.ts';
import { observe as observeHono } from '../public/hono.ts';
import { observe as observeIronSession } from '../public/iron-session.ts';
import { observe as observeKoaSession } from '../public/koa-session.ts';

export type Factory = (...args: never[]) => unknown;

export interface HookedLibrary {
  /** As an app imports it. */
  package: string;
  /** The file of the package that this leads to. */
  file: RegExp;
  /** The exports that make sessions, one function by all of these names; none, or a version without them: what CommonJS exports itself. */
  exports: readonly string[];
  observe(factory: Factory): Factory;
  /** It stands in no middleware: a framework may load it with the first page that asks for it. */
  isLate?: true;
  /** The line for an app in which it can't be hooked. */
  line: string;
}

export const HOOKED: readonly HookedLibrary[] = [
  {
    package: 'express-session',
    file: /\/express-session\/index\.js$/,
    exports: [],
    observe: observeExpressSession,
    line: "import { observe } from 'sessionscope/express-session'; app.use(observe(session)({ … }))",
  },
  {
    package: 'cookie-session',
    file: /\/cookie-session\/index\.js$/,
    exports: [],
    observe: observeCookieSession,
    line: "import { observe } from 'sessionscope/cookie-session'; app.use(observe(cookieSession)({ … }))",
  },
  {
    package: 'iron-session',
    file: /\/iron-session\/dist\/index\.c?js$/,
    exports: ['getIronSession'],
    observe: observeIronSession,
    isLate: true,
    line: "import { observe } from 'sessionscope/iron-session'; const getIronSession = observe(ironSession.getIronSession)",
  },
  {
    package: 'koa-session',
    // Version 7, of either module system, and 6.
    file: /\/koa-session\/(?:dist\/(?:esm|commonjs)\/)?index\.js$/,
    exports: ['default', 'createSession'],
    observe: observeKoaSession,
    line: "import { observe } from 'sessionscope/koa-session'; app.use(observe(session)({ … }, app))",
  },
  {
    package: '@fastify/session',
    file: /\/@fastify\/session\/index\.js$/,
    exports: [],
    observe: observeFastifySession,
    line: "import { observe } from 'sessionscope/fastify-session'; app.register(observe(fastifySession), { … })",
  },
  {
    package: '@fastify/secure-session',
    file: /\/@fastify\/secure-session\/index\.js$/,
    exports: [],
    observe: observeFastifySecureSession,
    line: "import { observe } from 'sessionscope/fastify-secure-session'; app.register(observe(secureSession), { … })",
  },
  {
    package: 'hono-sessions',
    // What CommonJS loads has `sessionMiddleware` behind a getter: its own file has it as it is.
    file: /\/hono-sessions\/(?:esm\/mod|script\/src\/Middleware)\.js$/,
    exports: ['sessionMiddleware'],
    observe: observeHono,
    line: "import { observe } from 'sessionscope/hono'; app.use(observe(sessionMiddleware)({ … }))",
  },
  {
    package: '@hono/session',
    file: /\/@hono\/session\/dist\/index\.c?js$/,
    exports: ['useSession'],
    observe: observeHono,
    line: "import { observe } from 'sessionscope/hono'; app.use(observe(useSession)({ … }))",
  },
  {
    package: '@sessionscope/django-sessions',
    file: /\/django-sessions\/dist\/index\.c?js$/,
    exports: ['createSessions'],
    observe: observeDjangoSessions,
    line: "import { observe } from 'sessionscope/django-sessions'; observe(createSessions)({ … })",
  },
];
