/**
 * The app whose session is watched: `POST /run` stays open while it sets keys one by one, and reports for each when it
 * was set. Beside it `GET /events`, a bare event stream on the same server, which carries each set at the same moment.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import session from 'express-session';
import { observe } from '../../server-companion/node/dist/express-session.js';

/** Between two sets: longer than a row takes, so that none waits for another. */
const PAUSE_MS = 60;

const now = () => performance.timeOrigin + performance.now();
const listeners = new Set<ServerResponse>();
const app = express();
app.use(observe(session, { enabled: true })({ secret: 'bench', resave: false, saveUninitialized: true }));
app.get('/', (_request, response) => void response.type('html').send('<!doctype html><ol></ol>'));
app.get('/events', (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  listeners.add(response);
});
app.post('/run', async (request, response) => {
  const { from, count, keys } = request.query as { from: string; count: string; keys: string };
  const sets: { value: string; at: number }[] = [];
  const values = request.session as unknown as Record<string, string>;
  for (let index = Number(from); index < Number(from) + Number(count); index++) {
    const key = `key${index % Number(keys)}`;
    const value = `v${index}`;
    sets.push({ value, at: now() });
    // Two lines in turn: a run of sets from one line would be folded into one row.
    if (index % 2 === 0) values[key] = value;
    else values[key] = value;
    for (const listener of listeners) listener.write(`data: ${value}\n\n`);
    await wait(PAUSE_MS);
  }
  response.json(sets);
});

const server = createServer(app);
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
