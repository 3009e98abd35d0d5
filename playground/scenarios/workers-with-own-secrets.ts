import { SEALED, type Scenario } from './scenario.ts';

/** Problem 26: two processes, each with a secret that it made as it started. */
export const workersWithOwnSecrets: Scenario = {
  id: 'workers-with-own-secrets',
  title: 'Each process has its own secret',
  symptom: 'every other request does not know me',
  cause: 'Each process makes a secret of its own: what one of them signed is not valid for the other.',
  libraries: SEALED,
  settings: { workers: 2, secretPerStart: true },
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
  fixed: { settings: { workers: 2 } },
};
