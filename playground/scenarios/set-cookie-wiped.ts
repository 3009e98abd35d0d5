import type { Scenario } from './scenario.ts';

/** Problem 22: the session was saved, and its cookie was taken off the response again. */
export const setCookieWiped: Scenario = {
  id: 'set-cookie-wiped',
  title: 'Set-Cookie wiped',
  symptom: 'the login works, save() ran, and the next page does not know me',
  cause: 'A cookie of the app replaces the header that save() had put on the response, in place of adding to it.',
  libraries: ['iron-session', 'react-router'],
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.set('Set-Cookie', 'theme=dark; Path=/');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    routes: {
      'POST /login': async ({ session, response }) => {
        await session.set('user', 'john');
        response.append('Set-Cookie', 'theme=dark; Path=/');
        response.send('Logged in.');
      },
    },
  },
};
