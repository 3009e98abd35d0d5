import { type Handler, type Scenario, STORED } from './scenario.ts';

const front =
  (cacheControl: string): Handler =>
  async ({ session, response }) => {
    const visits = Number((await session.get('visits')) ?? 0) + 1;
    await session.set('visits', visits);
    response.set('Cache-Control', cacheControl);
    response.send(`Visits: ${visits}.`);
  };

/** Problem 29: a response that sets a cookie, and that caches may keep. */
export const cacheableSetCookie: Scenario = {
  id: 'cacheable-set-cookie',
  title: 'A cookie out of the cache',
  symptom: 'a visitor sees what belongs to another',
  cause: 'The page may be kept by caches, and its Set-Cookie with it: the cache gives one session to everybody.',
  // Django says Vary: Cookie by itself.
  libraries: STORED.filter((library) => library !== 'django-sessions'),
  settings: { front: 'caches' },
  routes: {
    'GET /': front('public, max-age=60'),
    'POST /name': async ({ session, response }) => {
      await session.set('name', 'Ann');
      response.send('Welcome.');
    },
    'GET /me': async ({ session, response }) => {
      response.send(`You are ${String((await session.get('name')) ?? 'nobody')}.`);
    },
  },
  steps: [
    [{ send: 'GET /' }],
    [{ send: 'POST /name' }],
    [{ send: 'GET /', client: 'another' }],
    [{ send: 'GET /me', client: 'another' }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'You are Ann.',
  fixed: { routes: { 'GET /': front('private, no-store') } },
};
