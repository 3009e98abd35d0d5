import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 21, without a logout: what a page shows once is used up by a prefetch. */
export const prefetchWrites: Scenario = {
  id: 'prefetch-writes',
  title: 'A prefetch changes the session',
  symptom: 'the message that should be shown once is never shown',
  cause: 'The browser prefetched the page, which took the message out of the session before anyone saw it.',
  libraries: LIBRARIES,
  routes: {
    'POST /order': async ({ session, response }) => {
      await session.set('message', 'Thank you.');
      response.send('ordered');
    },
    'GET /orders': async ({ session, response }) => {
      const message = (await session.get('message')) as string | undefined;
      if (message !== undefined) await session.set('message', '');
      response.send(message === undefined || message === '' ? 'Your orders.' : message);
    },
  },
  steps: [[{ send: 'POST /order' }], [{ send: 'GET /orders', by: 'prefetch' }], [{ send: 'GET /orders' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Your orders.',
  fixed: {
    routes: {
      'GET /orders': async ({ session, request, response }) => {
        const message = (await session.get('message')) as string | undefined;
        const isSeen = request.header('sec-purpose') === undefined;
        if (message !== undefined && isSeen) await session.set('message', '');
        response.send(message === undefined || message === '' ? 'Your orders.' : message);
      },
    },
  },
};
