import type { Scenario } from './scenario.ts';

/** Problems 8 and 33: each request keeps the record alive, and the cookie runs out anyway. */
export const cookieNeverRefreshed: Scenario = {
  id: 'cookie-never-refreshed',
  title: 'Logged out while working',
  symptom: 'I am logged out in the middle of my work, always the same time after the login',
  cause: 'The record gets a new end with each request, and the cookie keeps the end that the login gave it.',
  libraries: ['express-session'],
  settings: { maxAgeMs: 4_000 },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /work': async ({ session, response }) => {
      response.send(`Working as ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [
    [{ send: 'POST /login' }],
    // An end is a whole second: the cookie lives three seconds at least.
    ...[900, 900, 900, 1_400].map((afterMs) => [{ send: 'GET /work', afterMs } as const]),
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'Working as nobody.',
  fixed: { settings: { maxAgeMs: 4_000, rolling: true } },
};
