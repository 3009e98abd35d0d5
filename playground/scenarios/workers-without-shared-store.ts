import type { Scenario } from './scenario.ts';

/** Problem 26: two processes, each with sessions of its own. */
export const workersWithoutSharedStore: Scenario = {
  id: 'workers-without-shared-store',
  title: 'In, out, in',
  symptom: 'I am logged in, and logged out, and logged in again with each reload',
  cause: 'Two processes answer in turn, and each keeps the sessions in its own memory.',
  libraries: ['express-session', 'koa-session with a store'],
  settings: { workers: 2 },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [
    [{ send: 'POST /login' }],
    [{ send: 'GET /' }],
    [{ send: 'GET /' }],
    [{ send: 'GET /' }],
    [{ send: 'GET /' }],
  ],
  isSeen: (answers) => new Set(answers.slice(1).map(({ body }) => body)).size === 2,
  fixed: { settings: { workers: 2, keepsRecords: true } },
};
