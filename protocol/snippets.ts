/**
 * The lines that an app takes, for each library that has a companion: the panel and `sessionscope doctor` show the same,
 * and each stands on its page of the docs.
 */

/** What to change in an app. */
export interface Snippet {
  /** Names it among the others. */
  id: string;
  /** As a developer calls what they use. */
  framework: string;
  /** The module that the line imports, or that settings name. */
  companion: string;
  /** The page of the docs that has these lines, below `docs/`. */
  page: string;
  /** In a terminal. */
  install: string;
  /** `+` to add, `-` to take out, a space for what stands there. */
  lines: readonly SnippetLine[];
}

export interface SnippetLine {
  sign: '+' | '-' | ' ';
  text: string;
}

const linesOf = (text: string): SnippetLine[] =>
  text
    .replace(/^\n/, '')
    .split('\n')
    .map((line) => ({ sign: line[0] as SnippetLine['sign'], text: line.slice(1) }));

/** No import of this file's. */
const QUOTED = `'sessionscope/iron-session'`;

const NPM = 'npm install sessionscope';

const EXPRESS = `
+import { observe } from 'sessionscope/express-session';
-app.use(session({ secret, cookie: { maxAge } }));
+app.use(observe(session)({ secret, cookie: { maxAge } }));`;

const SETTINGS = `
+INSTALLED_APPS += ["sessionscope.django"]
+MIDDLEWARE.insert(
+    MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
+    "sessionscope.django.middleware.SessionscopeMiddleware",
+)`;

const STARLETTE = `
+from sessionscope.starlette import observe
-app.add_middleware(SessionMiddleware, secret_key=SECRET)
+app.add_middleware(observe(SessionMiddleware), secret_key=SECRET)`;

const snippet = (
  id: string,
  framework: string,
  companion: string,
  page: string,
  install: string,
  lines: string,
): Snippet => ({
  id,
  framework,
  companion,
  page,
  install,
  lines: linesOf(lines),
});
const node = (id: string, framework: string, module: string, page: string, lines: string) =>
  snippet(id, framework, `sessionscope/${module}`, page, NPM, lines);

/** Each, in the order in which the panel offers them. */
export const SNIPPETS: readonly Snippet[] = [
  node('express', 'Express, NestJS, Passport', 'express-session', 'express-session.md', EXPRESS),
  node(
    'cookie-session',
    'Express, cookie-session',
    'cookie-session',
    'cookie-session.md',
    `
+import { observe } from 'sessionscope/cookie-session';
-app.use(cookieSession({ keys, maxAge }));
+app.use(observe(cookieSession)({ keys, maxAge }));`,
  ),
  node(
    'iron-session',
    'iron-session',
    'iron-session',
    'iron-session.md',
    `
-import { getIronSession } from 'iron-session';
+import * as ironSession from 'iron-session';
+import { observe } from 'sessionscope/iron-session';
+const getIronSession = observe(ironSession.getIronSession);`,
  ),
  node(
    'next',
    'Next.js, iron-session',
    'iron-session',
    'nextjs.md',
    `
-import { getIronSession } from 'iron-session';
+import * as ironSession from 'iron-session';
+import { observe } from 'sessionscope/iron-session';
+export const getIronSession = observe(ironSession.getIronSession);
 // next.config.mjs
+export default { serverExternalPackages: ['sessionscope', 'iron-session'] };
 // instrumentation.js
+export async function register() {
+  if (process.env.NEXT_RUNTIME === 'nodejs') (await import(${QUOTED})).observe(() => undefined);
+}`,
  ),
  node(
    'nuxt',
    'Nuxt',
    'h3',
    'nuxt.md',
    `
 // server/utils/session.ts
+import * as h3 from 'h3';
+import { observe } from 'sessionscope/h3';
+const { useSession } = observe(h3);
 export const useAppSession = (event: h3.H3Event) =>
   useSession(event, { password: process.env.NUXT_SESSION_PASSWORD!, cookie: { secure: !import.meta.dev } });`,
  ),
  node(
    'h3',
    'h3, Nitro',
    'h3',
    'h3.md',
    `
-import { useSession } from 'h3';
+import * as h3 from 'h3';
+import { observe } from 'sessionscope/h3';
+export const { useSession } = observe(h3);`,
  ),
  node(
    'fastify-session',
    'Fastify, @fastify/session',
    'fastify-session',
    'fastify-session.md',
    `
+import { observe } from 'sessionscope/fastify-session';
-await app.register(fastifySession, { secret });
+await app.register(observe(fastifySession), { secret });`,
  ),
  node(
    'fastify-secure-session',
    'Fastify, @fastify/secure-session',
    'fastify-secure-session',
    'fastify-secure-session.md',
    `
+import { observe } from 'sessionscope/fastify-secure-session';
-await app.register(secureSession, { key });
+await app.register(observe(secureSession), { key });`,
  ),
  node(
    'hono-sessions',
    'Hono, hono-sessions',
    'hono',
    'hono.md',
    `
+import { observe } from 'sessionscope/hono';
-app.use(sessionMiddleware({ store, encryptionKey }));
+app.use(observe(sessionMiddleware)({ store, encryptionKey }));`,
  ),
  node(
    'hono-session',
    'Hono, @hono/session',
    'hono',
    'hono-session.md',
    `
+import { observe } from 'sessionscope/hono';
-app.use(useSessionStorage(storage), useSession());
+app.use(useSessionStorage(storage), observe(useSession)());`,
  ),
  node(
    'astro',
    'Astro',
    'astro',
    'astro.md',
    `
 // src/middleware.ts
+import { observe } from 'sessionscope/astro';
-export const onRequest = sequence(auth);
+export const onRequest = sequence(observe(), auth);`,
  ),
  node(
    'better-auth',
    'better-auth',
    'better-auth',
    'better-auth.md',
    `
+import { observe } from 'sessionscope/better-auth';
-  plugins: [organization()],
+  plugins: [organization(), observe()],`,
  ),
  node(
    'koa-session',
    'Koa',
    'koa-session',
    'koa-session.md',
    `
+import { observe } from 'sessionscope/koa-session';
-app.use(session(options, app));
+app.use(observe(session)(options, app));`,
  ),
  node(
    'react-router',
    'React Router',
    'react-router',
    'react-router.md',
    `
+import { observe } from 'sessionscope/react-router';
 export const { getSession, commitSession, destroySession } =
-  createCookieSessionStorage({ cookie });
+  observe(createCookieSessionStorage)({ cookie });`,
  ),
  node(
    'django-sessions',
    'Django sessions for Node',
    'django-sessions',
    'django-sessions-observed.md',
    `
+import { observe } from 'sessionscope/django-sessions';
-const sessions = createSessions<Data>({ secretKey });
+const sessions = observe(createSessions)<Data>({ secretKey });`,
  ),
  snippet('django', 'Django', 'sessionscope.django', 'django.md', 'pip install sessionscope', SETTINGS),
  snippet(
    'starlette',
    'Starlette, FastAPI',
    'sessionscope.starlette',
    'starlette.md',
    "pip install 'sessionscope[starlette]'",
    STARLETTE,
  ),
  snippet(
    'flask',
    'Flask',
    'sessionscope.flask',
    'flask.md',
    "pip install 'sessionscope[flask]'",
    `
+from sessionscope.flask import observe
+app.session_interface = observe(app.session_interface)`,
  ),
  snippet(
    'quart',
    'Quart',
    'sessionscope.quart',
    'quart.md',
    "pip install 'sessionscope[quart]'",
    `
+from sessionscope.quart import observe
+app.session_interface = observe(app.session_interface)`,
  ),
];
