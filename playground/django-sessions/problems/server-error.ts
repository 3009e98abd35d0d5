import type { Request, Response } from 'express';
import { html, page, postButton } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/server-error/';

/** No session is saved with a response of 500 and above. */
export const serverError: Topic = {
  path,
  title: 'Lost with an error',
  says: 'the error page forgot what the user typed',
  pages(app, sessions) {
    const show = (draft: string | undefined): string =>
      page(path, {
        title: 'Lost with an error',
        body: html`<p>${draft === undefined ? 'There is no draft.' : html`Draft: <b>${draft}</b>`}</p>
          ${postButton(path, 'Store a draft and fail')}
          <p><a href="${path}">Look for the draft</a>: it is gone.</p>`,
        look: html`The <b>set</b> is there, and the record is <i>not saved</i>. The response was a 503, and no session
          is saved with a server error.`,
        code: fail,
      });

    app.get(path, async (request, response) => {
      response.send(show(await sessions.of(request).get('draft')));
    });

    async function fail(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.set('draft', 'half a sentence');
      response.status(503).send(show(await session.get('draft')));
    }

    app.post(path, fail);
  },
};
