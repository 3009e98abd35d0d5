import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Problem } from './problem.ts';

const path = '/problems/nested-not-saved/';

/** Problem 5: a nested change after the save has read the session, so that memory and store part. */
export const nestedNotSaved: Problem = {
  path,
  title: 'Nested change not saved',
  symptom: 'I pushed it, and it is not there',
  pages(app) {
    app.get(path, (request, response) => {
      request.session.tags ??= ['first'];
      response.send(
        page(path, {
          title: 'Nested change not saved',
          body: html`<p>Tags: <b>${request.session.tags.join(', ')}</b></p>
            ${postButton(path, 'Push a tag after the response')}
            ${postButton(`${path}in-time/`, 'Push one before it', { quiet: true })}`,
          look: html`<i>State</i>: <code>tags</code> differs, memory against store. The change came after the save had
            read the session.`,
        }),
      );
    });

    app.post(path, (request, response) => {
      const tags = (request.session.tags ??= ['first']);
      response.redirect(303, path);
      // Too late: the response has been ended, and with it the session was compared and saved.
      tags.push(`late ${tags.length}`);
    });

    app.post(`${path}in-time/`, (request, response) => {
      const tags = (request.session.tags ??= ['first']);
      tags.push(`in time ${tags.length}`);
      response.redirect(303, path);
    });
  },
};
