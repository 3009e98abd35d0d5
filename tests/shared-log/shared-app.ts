/**
 * An observed app that shares its log by `SHARED_LOG`, in one process or in `WORKERS` of node:cluster; prints `listening
 * on <port>`. With `SESSION_FILES`, its sessions are Django's, in that folder; else express-session's.
 */
import cluster from 'node:cluster';
import express from 'express';
import session from 'express-session';
import { expressSessions } from '../../django-sessions/src/middleware/express.ts';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { observe as observeSessions } from '../../server-companion/node/src/django-sessions.ts';
import { observe } from '../../server-companion/node/src/express-session.ts';

const {
  SHARED_LOG: log = '',
  SHARED_ROOT: root = '.',
  SESSION_FILES: filePath,
  WORKERS,
  SECRET = 'shared',
} = process.env;
const options = { log, root };

/** Sessions as any of the two libraries has them. */
interface Calls {
  set(request: express.Request, value: string): Promise<void> | void;
  rotate(request: express.Request): Promise<void>;
}

function withExpressSession(app: express.Express): Calls {
  app.use(observe(session, options)({ secret: SECRET, resave: false, saveUninitialized: false }));
  return {
    set: (request, value) => void Object.assign(request.session, { value }),
    rotate: (request) =>
      new Promise((resolve, reject) => request.session.regenerate((error) => (error ? reject(error) : resolve()))),
  };
}

function withDjangoSessions(app: express.Express): Calls {
  const sessions = observeSessions(createSessions, options)({ secretKey: SECRET, engine: 'file', filePath: filePath! });
  app.use(expressSessions(sessions));
  return {
    set: (request, value) => sessions.of(request).set('value', value),
    rotate: (request) => sessions.of(request).cycleKey(),
  };
}

function serve(): void {
  const app = express();
  const calls = filePath === undefined ? withExpressSession(app) : withDjangoSessions(app);
  const valueOf = (request: express.Request) => String(request.query['value']);
  app.get('/untouched', (_request, response) => void response.end('untouched'));
  app.get('/set', async (request, response) => {
    await calls.set(request, valueOf(request));
    response.end('set');
  });
  app.get('/rotate', async (request, response) => {
    await calls.rotate(request);
    await calls.set(request, valueOf(request));
    response.end('rotated');
  });
  app.get('/hang', async (request) => {
    await calls.set(request, valueOf(request));
  });
  app.get('/exit', async (request) => {
    await calls.set(request, valueOf(request));
    process.exit();
  });
  const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    if (!cluster.isWorker) console.log(`listening on ${(server.address() as { port: number }).port}`);
  });
}

if (WORKERS !== undefined && cluster.isPrimary) {
  let ready = 0;
  cluster.on('listening', (_worker, { port }) => {
    if (++ready === Number(WORKERS)) console.log(`listening on ${port}`);
  });
  for (let count = 0; count < Number(WORKERS); count++) cluster.fork();
} else serve();
