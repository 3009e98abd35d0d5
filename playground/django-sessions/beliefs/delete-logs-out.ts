import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { facts } from '../../layout.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/beliefs/delete-logs-out/';

/** Deleting one key leaves the session, its key, its cookie and everything else in it. */
export const deleteLogsOut: Topic = {
  path,
  title: 'When is a user logged out?',
  says: 'Deleting a key logs the user out.',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const session = sessions.of(request);
      const username = await session.get('username');
      const role = await session.get('role');
      response.send(
        page(path, {
          title: 'When is a user logged out?',
          belief: deleteLogsOut.says,
          body: html`${facts({ username, role })} ${postButton(path, 'Log in, and out by deleting username')}
          ${role === undefined ? undefined : postButton(`${path}flush`, 'Log out by flush', { quiet: true })}`,
          look: html`<b>delete</b> <code>username</code>, then a <b>save</b> of the same session: its key, its cookie
            and <code>role</code> are still worth something to whoever has a copy. <b>flush</b> deletes the record and
            takes the cookie back.`,
          code: logInAndDelete,
        }),
      );
    });

    async function logInAndDelete(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.update({ username: 'john_doe', role: 'admin' });
      await session.delete('username');
      response.redirect(303, path);
    }

    async function flush(request: Request, response: Response) {
      await sessions.of(request).flush();
      response.redirect(303, path);
    }

    app.post(path, logInAndDelete);
    app.post(`${path}flush`, flush);
  },
};
