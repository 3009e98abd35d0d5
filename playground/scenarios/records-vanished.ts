import type { Scenario } from './scenario.ts';

const USERS = ['user', 'ann', 'bob'];

/** Problem 25: sessions share a cache that somebody clears. */
export const recordsVanished: Scenario = {
  id: 'records-vanished',
  title: 'Records vanished',
  symptom: 'all users were logged out at once',
  cause: 'A job clears the cache in which the sessions are too: their records had time left, and are gone.',
  libraries: ['express-session'],
  settings: { maxAgeMs: 3_600_000 },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'POST /deploy': ({ response, clearStore }) => {
      clearStore();
      response.send('deployed');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [
    ...USERS.map((client) => [{ send: 'POST /login', client } as const]),
    [{ send: 'POST /deploy', client: 'a script' }],
    ...USERS.map((client) => [{ send: 'GET /', client } as const]),
  ],
  isSeen: (answers) => answers.slice(-3).every(({ body }) => body === 'Hello nobody.'),
  fixed: {
    routes: {
      'POST /deploy': ({ response }) => {
        response.send('deployed');
      },
    },
  },
};
