import type { Request, Response } from 'express';
import { facts, html, page, postButton } from '../layout.ts';
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
      const isLoggedIn = username !== undefined;
      response.send(
        page(path, {
          title: 'When is a user logged out?',
          belief: deleteLogsOut.says,
          body: html`${facts({ username, role })}
          ${
            isLoggedIn
              ? html`${postButton(`${path}delete`, 'Log out by deleting username')}
                ${postButton(`${path}flush`, 'Log out by flush', { quiet: true })}`
              : html`${postButton(`${path}login`, 'Log in as john_doe, an admin')}
                ${role === undefined ? undefined : postButton(`${path}flush`, 'Flush what is left', { quiet: true })}`
          }`,
          look: html`<b>delete</b> <code>username</code>, then a <b>save</b> of the same session: its key, its cookie
            and <code>role</code> are still worth something to whoever has a copy. <b>flush</b> deletes the record and
            takes the cookie back.`,
          code: deleteKey,
        }),
      );
    });

    async function logIn(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.cycleKey();
      await session.update({ username: 'john_doe', role: 'admin' });
      response.redirect(303, path);
    }

    async function deleteKey(request: Request, response: Response) {
      await sessions.of(request).pop('username', undefined);
      response.redirect(303, path);
    }

    async function flush(request: Request, response: Response) {
      await sessions.of(request).flush();
      response.redirect(303, path);
    }

    app.post(`${path}login`, logIn);
    app.post(`${path}delete`, deleteKey);
    app.post(`${path}flush`, flush);
  },
};
