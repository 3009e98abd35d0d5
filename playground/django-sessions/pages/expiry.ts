import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

/** Long enough to see, short enough to wait for. */
const SHORT_AGE_S = 10;

export const expiry: Topic = {
  path: '/expiry/',
  title: 'Expiry',
  says: 'a session that ends in ten seconds',
  pages(app, sessions) {
    app.get('/expiry/', async (request, response) => {
      const age = await sessions.of(request).getExpiryAge();
      response.send(
        page('/expiry/', {
          title: 'Expiry',
          body: html`<p>This session ends <b>${age} s</b> after it was last saved.</p>
            ${postButton('/expiry/', 'End it in ten seconds')}`,
          look: html`<b>set-expiry</b>, and under <i>Cookie &amp; expiry</i> three clocks: the cookie's, the session's,
            the store's. Wait, reload: the cookie is gone, and a new session begins.`,
          code: endSoon,
        }),
      );
    });

    async function endSoon(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.set('visits', (await session.get('visits', 0)) + 1);
      await session.setExpiry(SHORT_AGE_S);
      response.redirect(303, '/expiry/');
    }

    app.post('/expiry/', endSoon);
  },
};
