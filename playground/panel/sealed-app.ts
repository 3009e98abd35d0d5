/** An app whose cookie is the session, with requests that overlap: `node panel/sealed-app.ts <port>`, for the recordings. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import cookieSession from 'cookie-session';
import express from 'express';
import { observe } from 'sessionscope/cookie-session';
import { DEMO_SECRET } from '../express/secret.ts';

/** Longer than the quick request takes. */
const SLOW_MS = 400;

const app = express();
app.use(observe(cookieSession)({ keys: [DEMO_SECRET] }));

app.get('/', (_request, response) => {
  response.send('nothing done');
});
app.post('/login/', (request, response) => {
  request.session!['username'] = 'john_doe';
  response.send('logged in');
});
app.post('/draft/', async (request, response) => {
  request.session!['draft'] = 'half a sentence';
  await wait(SLOW_MS);
  response.send('kept');
});
app.post('/basket/', (request, response) => {
  request.session!['basket'] = ['TEA-01'];
  response.send('added');
});
app.get('/page/', (request, response) => {
  response.send(Object.keys(request.session!).join(', '));
});
app.post('/logout/', (request, response) => {
  // Express types it as express-session has it, which knows no null.
  Reflect.set(request, 'session', null);
  response.send('logged out');
});

const server = createServer(app);
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`Sealed app on http://127.0.0.1:${(server.address() as { port: number }).port}/`);
});
