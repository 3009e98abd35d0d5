import { html, look, page, postButton } from '../html.ts';
import { DEMO_SECRET } from '../secret.ts';
import { SqliteStore } from '../sqlite-store.ts';
import type { Problem } from './problem.ts';

const path = '/problems/redirect-before-save/';

/** How long the slow store takes to write: longer than a browser needs to follow a redirect. */
const WRITE_DELAY_MS = 400;

/** Problem 4: the redirect's headers leave before the save ends, and the next page loads the old record. */
export const redirectBeforeSave: Problem = {
  path,
  title: 'Redirect arrives before the save',
  symptom: 'the next page does not know yet',
  mount(app, observed, database) {
    app.use(
      path,
      observed({
        name: 'slow.sid',
        secret: DEMO_SECRET,
        store: new SqliteStore(database, { writeDelayMs: WRITE_DELAY_MS }),
        resave: false,
        saveUninitialized: false,
        cookie: { path },
      }),
    );
  },
  pages(app) {
    app.get(path, (request, response) => {
      const { flash, visits = 0 } = request.session;
      response.send(
        page(
          'Redirect before save',
          html`<p>Message: <b>${flash ?? 'none'}</b>. Orders: <b>${visits}</b>.</p>
            <p>${postButton(path, 'Order, then redirect here')}</p>
            <p>
              The store takes ${WRITE_DELAY_MS} ms to write. The page that the redirect leads to shows the count of
              before; <a href="${path}">reload</a> and it is right.
            </p>
            ${look(html`the GET's <b>load</b> stands before the POST's <b>save</b> has ended. The mend: <code>req.session.save(() =&gt; res.redirect(…))</code>.`)}`,
        ),
      );
    });

    app.post(path, (request, response) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      request.session.flash = `order ${request.session.visits} placed`;
      response.redirect(303, path);
    });
  },
};
