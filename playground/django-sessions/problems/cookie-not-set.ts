import type { Sessions } from '@sessionscope/django-sessions';
import type { Express } from 'express';
import { html, page } from '../layout.ts';
import type { DemoData } from '../session-data.ts';
import type { Topic } from '../topic.ts';

/** Another host's: no browser takes a cookie for it from this one. */
export const FOREIGN_DOMAIN = 'shop.example';

const path = '/problems/cookie-not-set/';

/**
 * Problem 2: `cookieDomain` names another host. The session is saved and no browser takes the cookie. Its `sessions`
 * are set up so, and mounted at its path alone.
 */
export const cookieNotSet: Topic = {
  path,
  title: 'Cookie never set',
  says: 'each request starts a new session',
  pages(app: Express, sessions: Sessions<DemoData>) {
    app.get(path, async (request, response) => {
      const session = sessions.of(request);
      const visits = (await session.get('visits_here', 0)) + 1;
      await session.set('visits_here', visits);
      response.send(
        page(path, {
          title: 'Cookie never set',
          body: html`<p>
            You have been here <b>${visits}</b> time, says the session. Reload: still once, unless another page gave you
            a cookie.
          </p>`,
          look: html`<i>Record</i> saved, again and again. <i>Exchange</i> says why the browser refuses the cookie: its
            domain is another host's.`,
        }),
      );
    });
  },
};
