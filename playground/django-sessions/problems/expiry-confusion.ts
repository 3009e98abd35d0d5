import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/expiry/';
const AGE_S = 30;

/** Problem 8: the clock starts again only when something is saved, whatever the user reads. */
export const expiryConfusion: Topic = {
  path,
  title: 'Expiry confusion',
  says: 'logged out in the middle of work',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const hasOwn = (await sessions.of(request).getExpiryAge()) === AGE_S;
      response.send(
        page(path, {
          title: 'Expiry confusion',
          body: html`<p>
              ${
                hasOwn
                  ? `This session ends ${AGE_S} s after it was last saved. Reading this page saves nothing.`
                  : 'The session has no short expiry of its own yet.'
              }
            </p>
            ${postButton(path, 'Work')}`,
          look: html`Under <i>Cookie &amp; expiry</i> the clocks stand still while you reload.
            <code>saveEveryRequest: true</code> would restart them with each request.`,
          code: work,
        }),
      );
    });

    async function work(request: Request, response: Response) {
      await sessions.of(request).setExpiry(AGE_S);
      response.redirect(path);
    }

    app.post(path, work);
  },
};
