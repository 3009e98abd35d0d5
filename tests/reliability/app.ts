/**
 * An observed Express app as a process of its own, for faults that take a whole one: a kill, a signal, production.
 * Prints `listening on <port>`. `/write?note=` writes into the session, `/stats` reports what the process holds,
 * `/stats?objects` after a collection.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import express from 'express';
import session from 'express-session';
import { observe } from '../../server-companion/node/src/express-session.ts';

const app = express();
// A log that is soon full, so that the heap can be compared.
app.use(observe(session, { limits: { events: 1_000 } })({ secret: 'test', resave: false, saveUninitialized: false }));
app.get('/write', (request, response) => {
  request.session['note'] = request.query['note'];
  response.end('written');
});
app.get('/stats', (request, response) => {
  const count = (kind: abstract new (...args: never[]) => object) => queryObjects(kind as never, { format: 'count' });
  const resources = process.getActiveResourcesInfo();
  response.json({
    // After a collection.
    objects: 'objects' in request.query && {
      requests: count(IncomingMessage),
      responses: count(ServerResponse),
      sockets: count(Socket),
      streams: count(ReadableStream),
      signals: count(AbortSignal),
    },
    heap: process.memoryUsage().heapUsed,
    sockets: resources.filter((name) => name.includes('Socket') || name.includes('TCP')).length,
    timers: resources.filter((name) => name === 'Timeout').length,
  });
});
const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as { port: number }).port}`);
});
// As a well-behaved app ends: what is under way is finished first, and nothing else is asked for.
process.on('SIGTERM', () => server.close());
