import type { Scenario } from './scenario.ts';

/** Problems 12 and 37: each response saves. */
export const savedUnchanged: Scenario = {
  id: 'saved-unchanged',
  title: 'Saved though nothing changed',
  symptom: 'the database writes a session with each picture that is loaded',
  cause: 'A setting has each response save the session, whether something changed or not.',
  libraries: ['express-session'],
  settings: { saveAlways: true },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
    'GET /writes': ({ storeCalls, response }) => {
      response.send(String(storeCalls().writes));
    },
  },
  steps: [
    [{ send: 'POST /login' }],
    ...[1, 2, 3, 4, 5, 6].map(() => [{ send: 'GET /' } as const]),
    [{ send: 'GET /writes' }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === '7',
  fixed: { settings: {} },
};
