import type { Scenario } from './scenario.ts';

/** Problem 11: a secret that is made as the server starts. */
export const signatureInvalid: Scenario = {
  id: 'signature-invalid',
  title: 'A new secret with each start',
  symptom: 'each time the server restarts everyone is logged out, though the sessions are in a database',
  cause: 'The secret is random and made at the start: no cookie of an earlier start has a valid signature.',
  libraries: [
    'express-session',
    'cookie-session',
    'iron-session',
    'koa-session',
    'fastify-secure-session',
    'h3',
    'h3 1',
    'react-router',
  ],
  settings: { keepsRecords: true, secretPerStart: true },
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
