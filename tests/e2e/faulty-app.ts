/** An observed app in which the store and the values go wrong, in each way that a developer meets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';

/** Goes wrong by what the session holds: `throws` at once, `fails` by the callback, `hangs` without an answer. */
class FaultyStore extends session.MemoryStore {
  override set(...[sid, data, callback]: Parameters<session.MemoryStore['set']>): void {
    const { fault } = data as { fault?: string };
    if (fault === 'throws') throw new Error('the store threw');
    if (fault === 'fails') return void setImmediate(() => callback?.(new Error('connect ECONNREFUSED 127.0.0.1:6379')));
    if (fault !== 'hangs') super.set(sid, data, callback);
  }
}

export interface FaultyApp extends AsyncDisposable {
  origin: string;
}

/** Listens on a free port. */
export async function startFaultyApp(): Promise<FaultyApp> {
  const app = express();
  // Express's own page for an error would be logged.
  app.set('env', 'test');
  app.use(
    observe(session, { enabled: true })({
      secret: 'faulty',
      store: new FaultyStore(),
      resave: false,
      saveUninitialized: false,
    }),
  );
  const valuesOf = ({ session: own }: Request) => own as unknown as Record<string, unknown>;
  app.get('/', (_request, response) => void response.send('<!doctype html><link rel="icon" href="data:,">start'));
  app.get('/kept', (request, response) => {
    valuesOf(request)['kept'] = 'safe';
    response.send('kept');
  });
  app.get('/fault/:fault', (request, response) => {
    valuesOf(request)['fault'] = request.params['fault'];
    response.send('said');
  });
  app.get('/unfit', (request, response) => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    valuesOf(request)['circle'] = circle;
    valuesOf(request)['big'] = 12n;
    response.send('said');
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
