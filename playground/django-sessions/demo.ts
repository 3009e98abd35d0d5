/**
 * The demo on Express and `@sessionscope/django-sessions`, sessions in SQLite: the same pages and the same bugs as the
 * Django demo, and a page for each thing that newcomers believe of sessions. `node playground/django-sessions/main.ts`
 * serves it.
 */
import { createSessions, type Sessions } from '@sessionscope/django-sessions';
import { expressSessions } from '@sessionscope/django-sessions/express';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { observe } from 'sessionscope/django-sessions';
import { BELIEFS, LISTED_BELIEFS } from './beliefs/index.ts';
import { html } from '../html.ts';
import { pageList } from '../layout.ts';
import { page } from './page.ts';
import { account } from './pages/account.ts';
import { cart } from './pages/cart.ts';
import { expiry } from './pages/expiry.ts';
import { form } from './pages/form.ts';
import { setAndGet } from './pages/set-and-get.ts';
import { slow } from './pages/slow.ts';
import { FOREIGN_DOMAIN, MISPLACED, PROBLEMS } from './problems/index.ts';
import { DEMO_SECRET } from './secret.ts';
import type { DemoData } from './session-data.ts';
import type { Topic } from './topic.ts';

export interface DemoOptions {
  /** A SQLite file; its table is made where there is none. */
  database: string;
  /** Given to `observe`; `{ enabled: false }` is the app without its companion. */
  companion?: Parameters<typeof observe>[1];
}

export interface Demo {
  app: Express;
  sessions: Sessions<DemoData>;
  /** Closes the database. */
  close(): Promise<void>;
}

const EVERYDAY: readonly Topic[] = [setAndGet, account, cart, form, expiry, slow];

/** One hour, as the Django demo has it. */
const COOKIE_AGE_S = 3_600;

/** The app, not listening yet. */
export async function createDemo({ database, companion }: DemoOptions): Promise<Demo> {
  const make = observe(createSessions, companion);
  const options = { secretKey: DEMO_SECRET, database, cookieAge: COOKIE_AGE_S };
  const sessions = make<DemoData>(options);
  const misplaced = make<DemoData>({ ...options, cookieDomain: FOREIGN_DOMAIN });
  await sessions.createTable();

  const app = express();
  app.disable('x-powered-by');
  app.use(express.urlencoded({ extended: false }));
  // Its own middleware answers there: the usual one never comes to it.
  const isMisplaced = (path: string) => path === MISPLACED.path;
  const usual = expressSessions(sessions);
  const wrong = expressSessions(misplaced);
  app.use((request, response, next) => (isMisplaced(request.path) ? wrong : usual)(request, response, next));
  app.get('/', (_request, response) => {
    response.send(page('/', { title: 'Sessionscope demo', body: INDEX }));
  });
  for (const topic of [...EVERYDAY, ...BELIEFS, ...PROBLEMS])
    topic.pages(app, topic === MISPLACED ? misplaced : sessions);
  app.use(showError);
  return {
    app,
    sessions,
    async close() {
      await sessions.close();
      await misplaced.close();
    },
  };
}

const named = ({ path, title, says }: Topic) => ({ path, name: title, says });

const INDEX = html`<p>
    Express with Django's session framework in TypeScript, sessions in SQLite. Open DevTools, choose <b>Sessions</b>,
    and click: each page says what to look at.
  </p>
  <h2>Everyday</h2>
  ${pageList(EVERYDAY.map(named))}
  <h2>What people believe of sessions</h2>
  ${pageList(LISTED_BELIEFS.map(({ path, says }) => ({ path, name: `“${says}”` })))}
  <h2>Bugs, happening</h2>
  ${pageList(PROBLEMS.map(named))}`;

/** An error page that says what the framework said. */
const showError: ErrorRequestHandler = (
  error: { status?: number; name?: string; message?: string },
  request,
  response,
  next,
) => {
  if (response.headersSent) return next(error);
  const status = error.status ?? 500;
  response.status(status).send(
    page(request.path, {
      title: `${error.name ?? 'Error'} (${status})`,
      body: html`<p>${error.message ?? ''}</p>
        <p><a href="${request.path}">Back to the page</a></p>`,
      look: html`The verdict of this exchange says the same: nothing was saved. What the session held in memory is lost
      with this request.`,
    }),
  );
};
