import type { Handler, Scenario } from './scenario.ts';

const rotate: Handler = async ({ session }) => {
  await session.rotate();
  await session.set('user', 'john');
  await session.save();
};

/** Problem 23: a request that was on its way with the old key when the login replaced it. */
export const rotationRace: Scenario = {
  id: 'rotation-race',
  title: 'Key rotated under a request',
  symptom: 'right after the login I am logged out again, now and then',
  cause: 'A poll with the old key finds no record, begins a session of its own, and its cookie arrives last.',
  libraries: ['express-session', 'django-sessions', 'koa-session with a store', 'fastify-session'],
  routes: {
    'GET /': async ({ session, response }) => {
      await session.set('seen', true);
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
    'POST /login': async (context) => {
      await rotate(context);
      await context.until('the poll has loaded');
      context.response.send('Logged in.');
    },
    'GET /poll': async ({ session, response, reached, until }) => {
      reached('the poll has loaded');
      await until('POST /login answered');
      await session.set('polled', true);
      response.send('nothing new');
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /login' }, { send: 'GET /poll', afterMs: 100 }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    // The page waits for the login before it polls again.
    routes: {
      'POST /login': async (context) => {
        await rotate(context);
        context.response.send('Logged in.');
      },
      'GET /poll': async ({ session, response }) => {
        await session.set('polled', true);
        response.send('nothing new');
      },
    },
    steps: [[{ send: 'GET /' }], [{ send: 'POST /login' }], [{ send: 'GET /poll' }], [{ send: 'GET /' }]],
  },
};
