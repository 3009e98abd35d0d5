import type { Scenario } from './scenario.ts';

/** Problem 34: the answer has left, and the handler goes on. */
export const changeAfterResponse: Scenario = {
  id: 'change-after-response',
  title: 'Changed after the response',
  symptom: 'the counter is never counted up, though the line runs',
  cause: 'The handler answers first and changes the session then: the library had saved as the response left.',
  libraries: [
    'express-session',
    'django-sessions',
    'cookie-session',
    'koa-session',
    'fastify-secure-session',
    'iron-session',
    'react-router',
    'h3 1',
    'fastify-session',
    'koa-session with a store',
  ],
  routes: {
    'GET /': async ({ session, response }) => {
      const orders = (await session.get('orders')) as number | undefined;
      if (orders === undefined) await session.set('orders', 0);
      response.send(`Orders: ${orders ?? 0}.`);
    },
    'POST /order': async ({ session, response, until, reached }) => {
      const orders = Number(await session.get('orders'));
      response.send('ordered');
      await until('POST /order answered');
      await session.set('orders', orders + 1);
      reached('it is counted');
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /order' }], [{ send: 'GET /', afterMs: 100 }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Orders: 0.',
  fixed: {
    routes: {
      'POST /order': async ({ session, response }) => {
        await session.set('orders', Number(await session.get('orders')) + 1);
        response.send('ordered');
      },
    },
  },
};
