import { setTimeout as wait } from 'node:timers/promises';
import { burstButton, html, look, page, postButton } from '../html.ts';
import type { Problem } from './problem.ts';

const path = '/problems/logout-undone/';

/** Problem 6: a slow request saves what a logout has destroyed meanwhile. */
export const logoutUndone: Problem = {
  path,
  title: 'Logout undone',
  symptom: 'I logged out and was still logged in',
  pages(app) {
    app.get(path, (request, response) => {
      const { username } = request.session;
      response.send(
        page(
          'Logout undone',
          html`<p>
              ${username === undefined ? 'Nobody is logged in.' : `Logged in as ${username}.`}
              ${postButton(`${path}login`, 'Log in')}
            </p>
            <p>An autosave takes 200 ms; the logout comes while it runs.</p>
            ${burstButton('Autosave, and log out meanwhile', [
              ['POST', `${path}autosave`],
              ['POST', `${path}logout`, 60],
            ])}
            <p><a href="${path}">Are you logged out?</a></p>
            ${look(html`the <b>flush</b>, and after it a <b>save</b> of the same session: the record is back.`)}`,
        ),
      );
    });

    app.post(`${path}login`, (request, response) => {
      request.session.username = 'john_doe';
      response.redirect(303, path);
    });

    app.post(`${path}autosave`, async (request, response) => {
      await wait(200);
      request.session.draft = `saved at ${new Date().toISOString()}`;
      response.send(`saved for ${request.session.username ?? 'nobody'}`);
    });

    app.post(`${path}logout`, (request, response, next) => {
      request.session.destroy((error: unknown) => (error ? next(error) : response.send('logged out')));
    });
  },
};
