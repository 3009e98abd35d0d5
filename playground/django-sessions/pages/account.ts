import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

/** Login with a new key, logout with nothing left. */
export const account: Topic = {
  path: '/login/',
  title: 'Log in and out',
  says: 'the key is rotated, then the session flushed',
  pages(app, sessions) {
    app.get('/login/', async (request, response) => {
      const username = await sessions.of(request).get('username');
      response.send(
        page('/login/', {
          title: username === undefined ? 'Log in' : `Logged in as ${username}`,
          body:
            username === undefined
              ? html`<form method="post" action="/login/">
                  <input name="username" value="john_doe" aria-label="User name" /> <button>Log in</button>
                </form>`
              : postButton('/logout/', 'Log out'),
          look: html`<b>cycle-key</b> on login: the data stays, and the old key is worth nothing any more.
            <b>flush</b> on logout: the record is deleted, and the response takes the cookie back.`,
          code: username === undefined ? logIn : logOut,
        }),
      );
    });

    async function logIn(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.cycleKey();
      await session.set('username', String(request.body.username ?? 'john_doe').slice(0, 40));
      await session.set('is_logged_in', true);
      response.redirect(303, '/login/');
    }

    async function logOut(request: Request, response: Response) {
      await sessions.of(request).flush();
      response.redirect(303, '/login/');
    }

    app.post('/login/', logIn);
    app.post('/logout/', logOut);
  },
};
