/** An app whose sessions hold more than is sent at once, with the real companion in front. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';

/** A hundred times what an operation brings. */
export const ROWS = 10_000;

export interface LongValuesApp extends AsyncDisposable {
  origin: string;
}

/** Listens on a free port. */
export async function startLongValuesApp(): Promise<LongValuesApp> {
  const app = express();
  app.use(observe(session, { enabled: true })({ secret: 'long', resave: false, saveUninitialized: false }));
  const values = (request: express.Request) => request.session as unknown as Record<string, unknown>;
  const page = (response: express.Response, title: string) =>
    response.send(`<!doctype html><link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>`);
  app.get('/rows', (request, response) => {
    values(request)['rows'] = Array.from({ length: ROWS }, (_, at) => `row ${at}`);
    page(response, 'rows');
  });
  app.get(['/visit', '/another'], (request, response) => {
    values(request)['visits'] = Number(values(request)['visits'] ?? 0) + 1;
    page(response, 'visit');
  });
  app.get('/read', (request, response) => {
    void values(request)['visits'];
    page(response, 'read');
  });
  const server = await new Promise<Server>((resolve) => {
    const made = app.listen(0, '127.0.0.1', () => resolve(made));
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
