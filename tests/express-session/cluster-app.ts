/** Two workers of `node:cluster` that serve one observed app on one port; the primary prints the port. */
import cluster from 'node:cluster';
import express from 'express';
import session from 'express-session';
import { observe } from '../../server-companion/node/src/express-session.ts';

if (cluster.isPrimary) {
  for (let index = 0; index < 2; index++) cluster.fork();
  let ready = 0;
  cluster.on('listening', (_worker, { port }) => {
    if (++ready === 2) console.log(port);
  });
  // The test has gone, so nobody needs the workers.
  process.stdin.on('close', () => process.exit()).resume();
} else {
  const app = express();
  app.use(observe(session)({ secret: 'cluster', resave: false, saveUninitialized: true }));
  app.get('/', (_request, response) => response.json({ worker: cluster.worker!.id }));
  app.listen(0, '127.0.0.1');
}
