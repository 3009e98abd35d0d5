import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 21: a link that logs out, and a browser that follows links before anyone clicks. */
export const prefetchLogsOut: Scenario = {
  id: 'prefetch-logs-out',
  title: 'Hovering logs out',
  symptom: 'I only moved the mouse over the link, and was logged out',
  cause: 'The logout is a GET, and the browser prefetches the links that it sees.',
  libraries: LIBRARIES,
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
    'GET /logout': async ({ session, response }) => {
      await session.end();
      response.send('Logged out.');
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /logout', by: 'prefetch' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    routes: {
      // A page that asks: its button sends a POST.
      'GET /logout': ({ response }) => {
        response.send('Log out?');
      },
    },
  },
};
