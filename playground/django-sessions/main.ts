/** Serves the demo: `node playground/django-sessions/main.ts [port]`; 0 takes a free one. */
import { mkdtempSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemo } from './demo.ts';

const port = Number(process.argv[2] ?? process.env['PORT'] ?? 3000);
const database =
  process.env['DEMO_DATABASE'] ?? join(mkdtempSync(join(tmpdir(), 'sessionscope-demo-')), 'sessions.sqlite3');
const { app } = await createDemo({ database });
const server = createServer(app as RequestListener);
server.once('error', (error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Name another: node playground/django-sessions/main.ts 3001`
      : `The demo could not start: ${error.message}`,
  );
  process.exitCode = 1;
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address() as { port: number };
  console.log(`Sessionscope demo on http://127.0.0.1:${address.port}/`);
});
