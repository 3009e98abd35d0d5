/** Observed apps whose cookies meet what a browser does with them: two of one name, other sites, partitions. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';

export interface JarApp extends AsyncDisposable {
  /** By address; `elsewhere` is the same server by name, which is another site to a browser. */
  origin: string;
  elsewhere: string;
}

const page = (title: string) =>
  `<!doctype html><link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>`;

/** Answers out of its own cache what it has fetched once. */
const WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (!event.request.url.endsWith('/visit')) return;
  event.respondWith((async () => {
    const cache = await caches.open('visits');
    const kept = await cache.match(event.request);
    if (kept) return kept;
    const response = await fetch(event.request);
    await cache.put(event.request, response.clone());
    return response;
  })());
});`;

/** What other code of an app may do: its Set-Cookie comes behind the library's, so it counts. */
function addCookieLast(response: Response): void {
  const { writeHead } = response;
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const written = response.getHeader('set-cookie');
    const cookies = written === undefined ? [] : [written].flat().map(String);
    response.setHeader('set-cookie', [...cookies, 'connect.sid=mine; Path=/; HttpOnly']);
    return Reflect.apply(writeHead, response, args) as typeof response;
  }) as typeof writeHead;
}

export interface JarAppOptions {
  /** With a cookie for cross-site iframes (CHIPS). */
  partitioned?: boolean;
  /** With a Secure cookie, as behind https; default: as `partitioned`, which needs it. */
  secure?: boolean;
}

/** Listens on a free port. */
export async function startJarApp({ partitioned = false, secure = partitioned }: JarAppOptions = {}): Promise<JarApp> {
  const app = express();
  app.use((request, response, next) => {
    // As a proxy that speaks https to the browser: a Secure cookie is set over http too.
    if (secure) request.headers['x-forwarded-proto'] = 'https';
    const origin = request.get('origin');
    if (origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Allow-Credentials', 'true');
    }
    if (request.path === '/second-cookie') addCookieLast(response);
    next();
  });
  app.get(['/plain', '/offline/plain'], (_request, response) => void response.send(page('plain')));
  app.get('/offline/worker.js', (_request, response) => void response.type('text/javascript').send(WORKER));
  app.use(
    observe(session, { enabled: true })({
      secret: 'jar',
      resave: false,
      saveUninitialized: false,
      proxy: secure,
      ...(secure ? { cookie: { secure, ...(partitioned ? { sameSite: 'none' as const, partitioned } : {}) } } : {}),
    }),
  );
  const count = ({ session }: Request) => {
    const values = session as unknown as { visits?: number };
    values.visits = (values.visits ?? 0) + 1;
  };
  app.get(['/visit', '/deep/visit', '/offline/visit'], (request, response) => {
    count(request);
    response.send(page(request.path));
  });
  // Each time a new session, and so a new cookie.
  app.get('/new', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      count(request);
      response.send(page(request.path));
    });
  });
  app.get('/second-cookie', (request, response) => {
    count(request);
    response.send(page('second'));
  });
  const server = await new Promise<Server>((resolve) => {
    const made = app.listen(0, 'localhost', () => resolve(made));
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    elsewhere: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
