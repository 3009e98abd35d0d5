/** One app that does with its session whatever an app can do, and the traffic that makes it do so. */
import { createHash } from 'node:crypto';
import compression from 'compression';
import cors from 'cors';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import type { Factory } from '../express-session/observed-app.ts';
import type { RawRequest } from './raw-http.ts';

type Express = ReturnType<typeof express>;

/** A MemoryStore that counts what it is asked, and fails where a session asks for it. */
export class CountingStore extends session.MemoryStore {
  readonly calls: string[] = [];
  override get(...[key, callback]: Parameters<session.MemoryStore['get']>): void {
    this.calls.push(`get ${key}`);
    if (key === 'broken') return callback(new Error('the store is down'));
    super.get(key, callback);
  }
  override set(...[key, data, callback]: Parameters<session.MemoryStore['set']>): void {
    this.calls.push(`set ${key} ${JSON.stringify({ ...data, cookie: undefined })}`);
    if (data['fail'] === true) return callback?.(new Error('the disk is full'));
    super.set(key, data, callback);
  }
  override touch(...[key, data, callback]: Parameters<session.MemoryStore['touch']>): void {
    this.calls.push(`touch ${key}`);
    super.touch(key, data, callback);
  }
  override destroy(...[key, callback]: Parameters<session.MemoryStore['destroy']>): void {
    this.calls.push(`destroy ${key}`);
    super.destroy(key, callback);
  }
}

/** Keys that come in the same order with and without the companion. */
function countedKeys(): () => string {
  let made = 0;
  return () => `key-${(made += 1)}-${createHash('sha256').update(String(made)).digest('hex').slice(0, 16)}`;
}

export type Step = RawRequest & {
  /** Cookie to send: the last one set, none, or a text. */ cookie?: 'kept' | 'none' | string;
};

export function buildScripted(
  app: Express,
  factory: Factory,
  options: session.SessionOptions,
  { store, isDressed = false, log }: { store: session.Store; isDressed?: boolean; log: string[] },
): void {
  if (isDressed) {
    app.use(helmet(), cors({ origin: true }), express.json(), compression({ threshold: 0 }));
    app.use(morgan(':method :url :status :res[content-length]', { stream: { write: (line) => void log.push(line) } }));
  }
  app.use(factory({ ...options, store, genid: countedKeys() }));
  app.get('/set', (request, response) => {
    request.session['n'] = ((request.session['n'] as number | undefined) ?? 0) + 1;
    response.json(request.session['n']);
  });
  app.get('/nested', (request, response) => {
    const cart = (request.session['cart'] ??= { items: [] }) as { items: number[] };
    cart.items.push(cart.items.length);
    response.json(request.session);
  });
  app.get('/read', (request, response) => {
    response.json({
      keys: Object.keys(request.session),
      has: 'n' in request.session,
      all: { ...request.session, cookie: undefined },
      own: Object.getOwnPropertyNames(request.session).sort(),
    });
  });
  app.get('/delete', (request, response) => {
    response.json([delete request.session['n'], delete request.session['never']]);
  });
  app.get('/regenerate', (request, response, next) => {
    request.session.regenerate((error) => (error ? next(error) : response.json(Object.keys(request.session))));
  });
  app.get('/reload', (request, response, next) => {
    request.session['n'] = 'unsaved';
    request.session.reload((error) => (error ? next(error) : response.json(request.session['n'] ?? null)));
  });
  app.get('/save-redirect', (request, response, next) => {
    request.session['to'] = '/read';
    request.session.save((error) => (error ? next(error) : response.redirect('/read')));
  });
  app.get('/destroy', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json(typeof request.session)));
  });
  app.get('/unset', (request, response) => {
    (request as { session?: unknown }).session = null;
    response.end('unset');
  });
  app.get('/expiry', (request, response) => {
    request.session.cookie.maxAge = 5_000;
    response.json([
      request.session.cookie.maxAge! <= 5_000,
      Math.round(request.session.cookie.originalMaxAge! / 1_000),
    ]);
  });
  app.get('/stream', async (request, response) => {
    request.session['streamed'] = true;
    for (const part of ['a', 'b', 'c']) {
      response.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    request.session['late'] = 1;
    response.end('d');
  });
  app.get('/lengthy', (request, response) => {
    request.session['n'] = 0;
    const text = 'x'.repeat(1000);
    response.setHeader('Content-Length', text.length);
    response.end(text);
  });
  app.get('/raw-head', (request, response) => {
    request.session['n'] = 1;
    response.writeHead(201, 'Made', ['X-One', '1', 'X-Two', '2']);
    response.end();
  });
  app.get('/no-content', (_request, response) => void response.status(204).end());
  app.get('/fail-save', (request, response) => {
    request.session['fail'] = true;
    response.end('written');
  });
  app.get('/throw', (request) => {
    request.session['n'] = 1;
    throw new Error('the app failed');
  });
  app.get('/bad-cookie', (request, response) => {
    request.session['n'] = 1;
    request.session.cookie.path = 'a;b';
    response.end('sent');
  });
  app.get('/wrong-type', (request, response) => {
    try {
      (request.session.cookie as { maxAge: unknown }).maxAge = 'soon';
      response.end('taken');
    } catch (error) {
      response.json(`${(error as Error).name}: ${(error as Error).message}`);
    }
  });
  app.post('/json', (request, response) => {
    request.session['body'] = request.body as unknown;
    response.json(request.session['body'] ?? null);
  });
  app.use(((error: Error, _request, response, next) => {
    log.push(`error ${error.name}: ${error.message}`);
    if (response.headersSent) return next(error);
    response.status(500).json(error.message);
  }) as express.ErrorRequestHandler);
}

export const TRAFFIC: readonly Step[] = [
  { path: '/read' },
  { path: '/set' },
  { path: '/set' },
  { path: '/nested' },
  { path: '/nested' },
  { path: '/read' },
  { path: '/delete' },
  { path: '/expiry' },
  { path: '/reload' },
  { path: '/save-redirect' },
  { path: '/regenerate' },
  { path: '/set' },
  { path: '/stream' },
  { path: '/lengthy' },
  { path: '/raw-head' },
  { path: '/no-content' },
  { path: '/wrong-type' },
  { path: '/bad-cookie' },
  { path: '/throw' },
  { path: '/read', method: 'HEAD' },
  { path: '/json', method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":[1,{"b":2}]}' },
  { path: '/fail-save' },
  { path: '/set', cookie: 'connect.sid=s%3Aforged.AAAA' },
  { path: '/set', cookie: 'connect.sid=plain' },
  { path: '/set', cookie: 'connect.sid=%E0%A4%A' },
  { path: '/set', cookie: 'none' },
  { path: '/unset' },
  { path: '/set' },
  { path: '/destroy' },
  { path: '/read' },
  { path: '/nowhere' },
];
