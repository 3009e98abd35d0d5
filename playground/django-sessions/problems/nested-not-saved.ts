import type { Request, Response } from 'express';
import { html, page, postButton } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/nested-not-saved/';

/** Problem 5: keys that are set are seen, not what changes inside a value. */
export const nestedNotSaved: Topic = {
  path,
  title: 'Nested change not saved',
  says: 'I appended it, and it is not there',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const tags = await sessions.of(request).setDefault('tags', ['first']);
      response.send(
        page(path, {
          title: 'Nested change not saved',
          belief: 'What I change in the session is saved.',
          body: html`<p>Tags: <b>${tags.join(', ')}</b></p>
            ${postButton(path, 'Append a tag')}
            ${postButton(`${path}in-time/`, 'Append one and say so', { quiet: true })}`,
          look: html`<b>set</b> <code>tags[1]</code>, <i>inferred</i>, and the record <i>not saved</i>:
            <code>modified</code> was never set. The other button sets it, and the same change is in the <b>save</b>.`,
          code: append,
        }),
      );
    });

    async function append(request: Request, response: Response) {
      const tags = await sessions.of(request).require('tags');
      tags.push(`unseen ${tags.length}`);
      response.redirect(path);
    }

    async function appendAndSay(request: Request, response: Response) {
      const session = sessions.of(request);
      const tags = await session.require('tags');
      tags.push(`seen ${tags.length}`);
      session.modified = true;
      response.redirect(path);
    }

    app.post(path, append);
    app.post(`${path}in-time/`, appendAndSay);
  },
};
