import { createServer, type RequestListener } from 'node:http';

/** Serves a demo on the port that the command names, or 3000; 0 takes a free one. `script`: what the command runs. */
export function serveDemo(app: RequestListener, script: string): void {
  const port = Number(process.argv[2] ?? process.env['PORT'] ?? 3000);
  const server = createServer(app);
  server.once('error', (error: NodeJS.ErrnoException) => {
    console.error(
      error.code === 'EADDRINUSE'
        ? `Port ${port} is taken. Name another: node ${script} 3001`
        : `The demo could not start: ${error.message}`,
    );
    process.exitCode = 1;
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address() as { port: number };
    console.log(`Sessionscope demo on http://127.0.0.1:${address.port}/`);
  });
}
