import { type Scenario, STORED } from './scenario.ts';

/** Problem 11: sessions in the server's memory. */
export const restartLostSessions: Scenario = {
  id: 'restart-lost-sessions',
  title: 'Lost with a restart',
  symptom: 'each time the server restarts I am logged out',
  cause: 'The sessions are in the memory of the process: the cookie is still good, and no record belongs to it.',
  libraries: STORED.filter((library) => library !== 'django-sessions'),
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /', afterRestart: true }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: { settings: { keepsRecords: true } },
};
