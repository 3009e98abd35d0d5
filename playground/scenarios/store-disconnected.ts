import type { Scenario } from './scenario.ts';

/** Problem 27: the store's connection is lost, and requests pass without a session. */
export const storeDisconnected: Scenario = {
  id: 'store-disconnected',
  title: 'No session, no error',
  symptom: 'req.session is undefined, everybody is a stranger, and no error is logged',
  cause: 'The store has said that it is disconnected, so the library lets each request pass without a session.',
  libraries: ['express-session'],
  settings: { storeDownAfter: 'POST /login answered' },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: { settings: {} },
};
