import type { Scenario } from './scenario.ts';

/** Problem 36: what asks each minute keeps no cookie. */
export const healthChecksFillStore: Scenario = {
  id: 'health-checks-fill-store',
  title: 'Health checks fill the store',
  symptom: 'the store has thousands of sessions, and the site has ten users',
  cause: 'The health check keeps no cookie, and its page writes to the session: each check leaves a record behind.',
  libraries: ['express-session'],
  routes: {
    'GET /health': async ({ session, response }) => {
      await session.set('seenAt', 'now');
      response.send('ok');
    },
    'GET /writes': ({ storeCalls, response }) => {
      response.send(String(storeCalls().writes));
    },
  },
  steps: [
    ...[1, 2, 3, 4, 5].map(() => [{ send: 'GET /health', client: 'a probe', by: 'program' } as const]),
    [{ send: 'GET /writes' }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === '5',
  fixed: {
    routes: {
      'GET /health': ({ response }) => {
        response.send('ok');
      },
    },
  },
};
