import { type Handler, LIBRARIES, type Scenario } from './scenario.ts';

const greet =
  (cacheControl: string): Handler =>
  async ({ session, response }) => {
    const user = String((await session.get('user')) ?? 'nobody');
    response.set('Cache-Control', cacheControl);
    response.send(`Hello ${user}.`);
  };

/** Problem 29: what is in a session, on a page that caches may keep. */
export const cacheableWithoutVary: Scenario = {
  id: 'cacheable-without-vary',
  title: 'Greeted by the name of another',
  symptom: 'a stranger is greeted by my name',
  cause: 'The page shows what is in the session, and says neither private nor Vary: Cookie: a cache gives it to all.',
  // Django says Vary: Cookie by itself; hono-sessions sets a cookie with each response, which is another scenario.
  libraries: LIBRARIES.filter((library) => library !== 'django-sessions' && library !== 'hono-sessions'),
  settings: { front: 'caches' },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': greet('public, max-age=60'),
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /' }], [{ send: 'GET /', client: 'another' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello john.',
  fixed: { routes: { 'GET /': greet('private, no-cache') } },
};
