import type { Express } from 'express';
import { html, postButton } from '../html.ts';
import { page } from './page.ts';

/** Login with a new key, logout with nothing left. */
export function accountPages(app: Express): void {
  app.get('/login/', (request, response) => {
    const { username } = request.session;
    response.send(
      page('/login/', {
        title: username === undefined ? 'Log in' : `Logged in as ${username}`,
        body:
          username === undefined
            ? html`<form method="post" action="/login/">
                <input name="username" value="john_doe" aria-label="User name" /> <button>Log in</button>
              </form>`
            : postButton('/logout/', 'Log out'),
        look: html`<b>cycle-key</b> (express-session says <code>regenerate</code>): the old key is worth nothing any
          more. On logout <b>flush</b> (<code>destroy</code>).`,
      }),
    );
  });

  app.post('/login/', (request, response, next) => {
    const username = String((request.body as { username?: unknown }).username ?? 'john_doe').slice(0, 40);
    const { cart } = request.session;
    request.session.regenerate((error: unknown) => {
      if (error) return next(error);
      request.session.username = username;
      request.session.is_logged_in = true;
      if (cart) request.session.cart = cart;
      return response.redirect(303, '/login/');
    });
  });

  app.post('/logout/', (request, response, next) => {
    request.session.destroy((error: unknown) => {
      if (error) return next(error);
      response.clearCookie('connect.sid');
      return response.redirect(303, '/login/');
    });
  });
}
