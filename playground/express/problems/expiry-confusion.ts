import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import { DEMO_SECRET } from '../secret.ts';
import { SqliteStore } from '../sqlite-store.ts';
import type { Problem } from './problem.ts';

const path = '/problems/expiry/';
const MAX_AGE_MS = 30_000;

/** Problem 8: without `rolling` the browser's clock runs from the first response, whatever the user does. */
export const expiryConfusion: Problem = {
  path,
  title: 'Expiry confusion',
  symptom: 'logged out in the middle of work',
  mount(app, observed, database) {
    app.use(
      path,
      observed({
        name: 'short.sid',
        secret: DEMO_SECRET,
        store: new SqliteStore(database),
        resave: false,
        rolling: false,
        saveUninitialized: false,
        cookie: { maxAge: MAX_AGE_MS, path },
      }),
    );
  },
  pages(app) {
    app.get(path, (request, response) => {
      response.send(
        page(path, {
          title: 'Expiry confusion',
          body: html`<p>
              Visits: <b>${request.session.visits ?? 0}</b>. Each request touches the record, and the store counts
              ${MAX_AGE_MS / 1000} s again. The browser got its cookie once and counts from there.
            </p>
            ${postButton(path, 'Work')}`,
          look: html`Under <i>Cookie &amp; expiry</i> the store's clock runs past the cookie's.
            <code>rolling: true</code> sends the cookie again.`,
        }),
      );
    });

    app.post(path, (request, response) => {
      request.session.visits ??= 0;
      // Only the first write is a change of the session: later requests touch.
      if (request.session.visits === 0) request.session.visits = 1;
      response.redirect(303, path);
    });
  },
};
