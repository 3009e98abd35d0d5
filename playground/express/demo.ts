/**
 * The demo on Express and express-session, sessions in SQLite: log in, fill a cart, log out, wait for the expiry,
 * and a page for each bug that the panel exists for. `node playground/express/main.ts` serves it.
 */
import { DatabaseSync } from 'node:sqlite';
import express, { type Express } from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';
import { accountPages } from './account-pages.ts';
import { cartPages } from './cart-pages.ts';
import { html } from '../html.ts';
import { pageList } from '../layout.ts';
import { page } from './page.ts';
import { PROBLEMS } from './problems/index.ts';
import { DEMO_SECRET } from './secret.ts';
import { sessionPages } from './session-pages.ts';
import './session-data.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface DemoOptions {
  /** Where sessions are kept; default: memory, gone with the process. */
  database?: string;
  /** Given to `observe`; `{ enabled: false }` is the app without its companion. */
  companion?: Parameters<typeof observe>[1];
  /** Of the main session's cookie, in ms; default one hour. */
  maxAge?: number;
}

/** The app, not listening yet. */
export function createDemo({ database = ':memory:', companion, maxAge = 3_600_000 }: DemoOptions = {}): Express {
  const app = express();
  const sqlite = new DatabaseSync(database);
  const observed = observe(session, companion);
  app.disable('x-powered-by');
  app.use(express.urlencoded({ extended: false }));
  // Problems that need a session middleware of their own come first: the first one that matches serves a request.
  for (const problem of PROBLEMS) problem.mount?.(app, observed, sqlite);
  app.use(
    observed({
      secret: DEMO_SECRET,
      store: new SqliteStore(sqlite),
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge, sameSite: 'lax' },
    }),
  );
  sessionPages(app);
  accountPages(app);
  cartPages(app);
  for (const problem of PROBLEMS) problem.pages(app);
  app.get('/', (_request, response) => {
    response.send(page('/', { title: 'Sessionscope demo', body: INDEX }));
  });
  return app;
}

const INDEX = html` <p>
    An Express app with express-session on SQLite. Open DevTools, choose <b>Sessions</b>, and click.
  </p>
  <h2>Everyday</h2>
  ${pageList([
    { path: '/set_session/', name: 'Set and get', says: 'two keys, one cookie' },
    { path: '/login/', name: 'Log in and out', says: 'the key is rotated, then the session destroyed' },
    { path: '/cart/', name: 'A cart', says: 'nested changes, found by comparison' },
    { path: '/expiry/', name: 'Expiry', says: 'a session that ends in ten seconds' },
    { path: '/slow/', name: 'A slow request', says: 'watch it while it runs' },
  ])}
  <h2>Bugs, happening</h2>
  ${pageList(PROBLEMS.map(({ path, title, symptom }) => ({ path, name: title, says: symptom })))}`;
