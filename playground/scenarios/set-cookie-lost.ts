import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 15: something between server and browser takes the cookie off. */
export const setCookieLost: Scenario = {
  id: 'set-cookie-lost',
  title: 'Set-Cookie lost on the way',
  symptom: 'the server says that it has set the cookie, and the browser never shows one',
  cause: 'A proxy in front of the server drops Set-Cookie, as many caches are set up to do.',
  libraries: LIBRARIES,
  settings: { front: 'drops-set-cookie' },
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
  fixed: { settings: { front: 'passes-all' } },
};
