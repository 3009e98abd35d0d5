import type { Scenario } from './scenario.ts';

/** Problem 33: one of the three clocks never moves, the store's. */
export const recordNeverRefreshed: Scenario = {
  id: 'record-never-refreshed',
  title: 'The store drops it anyway',
  symptom: 'I am logged out in the middle of work, though the cookie has an hour left',
  cause: 'Each answer gives the cookie a new end, and the store has no touch: the record keeps its first one.',
  libraries: ['express-session'],
  settings: { maxAgeMs: 3_000, rolling: true, storeTouches: false },
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
    ...[600, 600, 600, 1_500].map((afterMs) => [{ send: 'GET /work', afterMs } as const]),
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'Working as nobody.',
  fixed: { settings: { maxAgeMs: 3_000, rolling: true } },
};
