import type { Scenario } from './scenario.ts';

/** Problem 18: a page that is rendered on the server asks its own API. */
export const selfRequestWithoutCookie: Scenario = {
  id: 'self-request-without-cookie',
  title: 'The server asks itself',
  symptom: 'the page shows a stranger on the first load, and the user after a click',
  cause: "While it renders the page the server asks its own API, and doesn't pass the browser's cookie on.",
  libraries: ['h3 1'],
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /api/me': async ({ session, response }) => {
      response.send(String((await session.get('user')) ?? 'nobody'));
    },
    'GET /': async ({ ask, response }) => {
      response.send(`Hello ${await ask('/api/me')}.`);
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    routes: {
      'GET /': async ({ ask, request, response }) => {
        response.send(`Hello ${await ask('/api/me', request.header('cookie'))}.`);
      },
    },
  },
};
