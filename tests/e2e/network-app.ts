/** An observed app whose pages make every kind of request that a browser knows. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';

export interface NetworkApp extends AsyncDisposable {
  /** By address; `elsewhere` is the same server by name, which is another site to a browser. */
  origin: string;
  elsewhere: string;
}

/** Redirects of one chain: browsers follow twenty. */
export const HOPS = 15;

const page = (title: string, body = '') =>
  `<!doctype html><link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>${body}`;

/** What this app keeps in its session. */
const valuesOf = ({ session }: Request) => session as unknown as { hop: string; seen: string };

/** Listens on a free port, on all of loopback. */
export async function startNetworkApp(): Promise<NetworkApp> {
  const app = express();
  app.use(
    observe(session, { enabled: true })({
      secret: 'network',
      resave: false,
      // A cookie with each response.
      rolling: true,
      saveUninitialized: true,
    }),
  );
  app.get('/', (_request, response) => void response.send(page('start')));
  app.get('/chain/:chain/:hop', (request, response) => {
    const { chain, hop } = request.params;
    valuesOf(request).hop = `${chain} ${hop}`;
    response.cookie(`hop-${chain}-${hop}`, 'x');
    if (Number(hop) < HOPS) response.redirect(303, `/chain/${chain}/${Number(hop) + 1}`);
    else response.send(page(`chain ${chain}`));
  });
  app.get('/unchanged', (_request, response) => {
    response.setHeader('ETag', '"one"');
    response.setHeader('Cache-Control', 'no-cache');
    response.send(page('unchanged'));
  });
  app.get('/kept.svg', (_request, response) => {
    response.setHeader('Cache-Control', 'max-age=600');
    response.type('svg').send('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  });
  app.get('/with-picture', (_request, response) => void response.send(page('picture', '<img src="/kept.svg">')));
  app.get('/worker.js', (_request, response) => {
    response.type('js').send("onmessage = async () => postMessage(await (await fetch('/from-worker')).text());");
  });
  app.all(['/called', '/from-worker', '/beacon', '/in-frame', '/in-popup'], (request, response) => {
    valuesOf(request).seen = request.path;
    // What a page of another origin may read.
    response.setHeader('Access-Control-Allow-Origin', request.get('origin') ?? '*');
    response.setHeader('Access-Control-Allow-Headers', 'x-called');
    response.send(page(request.path));
  });
  const server = await new Promise<Server>((resolve) => {
    const made = app.listen(0, 'localhost', () => resolve(made));
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    elsewhere: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
