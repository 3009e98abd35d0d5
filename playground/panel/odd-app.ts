/**
 * An app for what the demo has no reason to do: records in memory, values of every kind, a store that fails, and a
 * log that holds little. `node panel/odd-app.ts <port>`, for the recordings.
 */
import { createServer } from 'node:http';
import express from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';
import { DEMO_SECRET } from '../express/secret.ts';

declare module 'express-session' {
  interface SessionData {
    [key: string]: unknown;
  }
}

class Money {
  readonly amount: number;
  readonly currency: string;
  constructor(amount: number, currency: string) {
    this.amount = amount;
    this.currency = currency;
  }
}

/** Fails on every write while `isFailing`. */
class FragileStore extends session.MemoryStore {
  isFailing = false;

  override set(...[sid, data, callback]: Parameters<session.MemoryStore['set']>): void {
    if (this.isFailing) {
      setImmediate(() => callback?.(new Error('connect ECONNREFUSED 127.0.0.1:6379')));
      return;
    }
    super.set(sid, data, callback);
  }
}

const PARAGRAPH = 'Please ring at the side door; the bell at the front is broken. ';

const limit = process.env['LOG_EVENTS'];
const store = new FragileStore();
const app = express();
app.use(
  observe(
    session,
    limit === undefined ? {} : { limits: { events: Number(limit) } },
  )({
    secret: DEMO_SECRET,
    store: process.env['FRAGILE'] === undefined ? new session.MemoryStore() : store,
    resave: false,
    saveUninitialized: false,
  }),
);

app.get('/', (_request, response) => {
  response.send('nothing done');
});

app.get('/visit/', (request, response) => {
  request.session['visits'] = Number(request.session['visits'] ?? 0) + 1;
  response.send('counted');
});

app.get('/profile/', (request, response) => {
  const { session: own } = request;
  own['password'] = 'correct horse battery staple';
  own['api'] = { token: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', region: 'eu' };
  own['note'] = PARAGRAPH.repeat(60);
  own['recently_viewed'] = Array.from({ length: 150 }, (_item, index) => ({ sku: `SKU-${index}`, at: index }));
  own['since'] = new Date('2026-01-02T03:04:05Z');
  own['price'] = new Money(1_250, 'EUR');
  own['flags'] = new Set(['beta', 'dark']);
  own['limits'] = new Map<string, unknown>([['items', 20]]);
  own['ratio'] = Number.NaN;
  own['big'] = 9_007_199_254_740_993n.toString();
  own['data-id'] = 7;
  response.send('written');
});

app.get('/profile/change/', (request, response) => {
  const { session: own } = request;
  own['password'] = 'another one';
  own['note'] = String(own['note']).replace('side door', 'side gate');
  const viewed = own['recently_viewed'] as { sku: string; at: number }[];
  viewed.push(viewed.shift()!);
  viewed[3]!.at = 99;
  delete own['data-id'];
  response.send('changed');
});

app.get('/loop/', (request, response) => {
  for (let index = 0; index < 240; index++) void request.session[`setting_${index % 12}`];
  for (const key of ['cart', 'last_seen', 'step', 'coupon', 'order']) request.session[key] = index(key);
  response.send('read and written');
});

const index = (key: string) => `${key} of today`;

app.get('/fail/', (request, response) => {
  store.isFailing = true;
  request.session['draft'] = 'will not be kept';
  request.session.save((error: unknown) => {
    store.isFailing = false;
    response.status(error ? 500 : 200).send(error ? 'the store failed' : 'kept');
  });
});

const server = createServer(app);
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`Odd app on http://127.0.0.1:${(server.address() as { port: number }).port}/`);
});
