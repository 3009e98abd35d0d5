import { html, look, page } from '../html.ts';
import { DEMO_SECRET } from '../secret.ts';
import { SqliteStore } from '../sqlite-store.ts';
import type { Problem } from './problem.ts';

const path = '/problems/cookie-not-set/';

/** Problem 2: `secure: true` on plain http. The session is saved and the cookie never leaves. */
export const cookieNotSet: Problem = {
  path,
  title: 'Cookie never set',
  symptom: 'each request starts a new session',
  mount(app, observed, database) {
    app.use(
      path,
      observed({
        name: 'secure.sid',
        secret: DEMO_SECRET,
        store: new SqliteStore(database),
        resave: false,
        saveUninitialized: false,
        cookie: { secure: true, path },
      }),
    );
  },
  pages(app) {
    app.get(path, (request, response) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      response.send(
        page(
          'Cookie never set',
          html`<p>You have been here <b>${request.session.visits}</b> time, says the session. Reload: still once.</p>
            ${look(html`<i>Record</i> saved, <i>Cookie</i> not set, and <i>Exchange</i> says why: <code>cookie.secure</code> over plain http.`)}`,
        ),
      );
    });
  },
};
