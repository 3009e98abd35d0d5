import { html } from '../html.ts';
import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 6: a slow request saves what a logout has ended meanwhile. */
export const logoutUndone: Scenario = {
  id: 'logout-undone',
  title: 'Logout undone',
  symptom: 'I logged out and was still logged in',
  cause: 'A request that was under way during the logout writes its copy of the session back.',
  libraries: LIBRARIES.filter((library) => library !== 'django-sessions' && library !== 'hono-sessions'),
  python: ['starlette', 'flask', 'flask-session'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      const username = (await session.get('username')) as string | undefined;
      response.send(page(username === undefined ? 'Nobody is logged in.' : `Logged in as ${username}.`));
    },
    'POST /login': async ({ session, response, home }) => {
      await session.set('username', 'john_doe');
      response.redirect(303, home);
    },
    'POST /autosave': async ({ session, response, reached, until }) => {
      const name = ((await session.get('username')) ?? 'nobody') as string;
      reached('the autosave has loaded');
      await until('POST /logout answered');
      await session.set('draft', 'half a sentence');
      response.send(`saved for ${name}`);
    },
    'POST /logout': async ({ session, response, until }) => {
      await until('the autosave has loaded');
      await session.end();
      response.send('logged out');
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'POST /autosave' }, { send: 'POST /logout' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Logged in as john_doe.',
  fixed: {
    routes: {
      // The draft belongs into the app's own database: nothing is written to a session that is held for long.
      'POST /autosave': async ({ session, response, reached, until }) => {
        const name = ((await session.get('username')) ?? 'nobody') as string;
        reached('the autosave has loaded');
        await until('POST /logout answered');
        response.send(`saved for ${name}`);
      },
    },
  },
  page: {
    buttons: [
      { label: 'Log in', sends: [['POST /login']] },
      { label: 'Autosave, and log out meanwhile', sends: [['POST /autosave'], ['POST /logout', 60]] },
    ],
    says: 'An autosave takes its time; the logout comes while it runs.',
    again: 'Are you logged out?',
    look: html`The <b>flush</b>, and after it a <b>save</b> of the same session: the record is back.`,
    culprit: 'POST /autosave',
  },
};
