import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { burstButton, html, page, postButton } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/logout-undone/';

/** Problem 6: a slow request wants to save what a logout has deleted. The framework refuses: `SessionInterrupted`. */
export const logoutUndone: Topic = {
  path,
  title: 'Saving after a logout',
  says: 'a 400 now and then, SessionInterrupted',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const username = await sessions.of(request).get('username');
      response.send(
        page(path, {
          title: 'Saving after a logout',
          body: html`<p>${username === undefined ? 'Nobody is logged in.' : `Logged in as ${username}.`}</p>
            ${postButton(`${path}login`, 'Log in', { quiet: true })}
            <p>An autosave takes 200 ms; the logout comes while it runs.</p>
            ${burstButton('Autosave, and log out meanwhile', [
              ['POST', `${path}autosave`],
              ['POST', `${path}logout`, 60],
            ])}
            <p><a href="${path}">Are you logged out?</a></p>`,
          look: html`The <b>flush</b>, and after it a <b>save</b> that failed. A session that was deleted is never
            written back: the late request is answered with a 400.`,
          code: autosave,
        }),
      );
    });

    async function logIn(request: Request, response: Response) {
      await sessions.of(request).set('username', 'john_doe');
      response.redirect(path);
    }

    async function autosave(request: Request, response: Response) {
      const session = sessions.of(request);
      const name = await session.get('username', 'nobody');
      await wait(200);
      await session.set('draft', 'half a sentence');
      response.send(`saved for ${name}`);
    }

    async function logOut(request: Request, response: Response) {
      await sessions.of(request).flush();
      response.send('logged out');
    }

    app.post(`${path}login`, logIn);
    app.post(`${path}autosave`, autosave);
    app.post(`${path}logout`, logOut);
  },
};
