import type { Scenario } from './scenario.ts';

/** Problem 12: a record, and a cookie, for every visitor who does nothing. */
export const emptySessionsSaved: Scenario = {
  id: 'empty-sessions-saved',
  title: 'Empty sessions are saved',
  symptom: 'the store fills with sessions that hold nothing',
  cause: 'saveUninitialized keeps a new session whether or not anything was written to it.',
  libraries: ['express-session', 'fastify-session'],
  settings: { saveEmpty: true },
  routes: {
    'GET /': async ({ session, response }) => {
      response.send(String(await session.get('user')));
    },
  },
  steps: ['a', 'b', 'c', 'd', 'e'].map((client) => [{ send: 'GET /', client }]),
  isSeen: (answers) => answers.every(({ setsCookie }) => setsCookie),
  fixed: { settings: {} },
};
