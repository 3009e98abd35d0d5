import { type Handler, LIBRARIES, type Scenario } from './scenario.ts';

/** What runs for each request: it takes the message out, whoever asks. */
const layout: Handler = async ({ session, response }) => {
  const message = (await session.get('flash')) as string | undefined;
  if (message !== undefined) await session.delete('flash');
  response.send(message ?? 'No message.');
};

/** Problem 41: a picture of the page before was faster than the page. */
export const flashEaten: Scenario = {
  id: 'flash-eaten',
  title: 'Flash message taken',
  symptom: 'the message after the order is shown now and then',
  cause: 'The code that takes the message out runs for each request: a picture was served first, and took it.',
  // @fastify/secure-session deletes no single key.
  libraries: LIBRARIES.filter((library) => library !== 'fastify-secure-session'),
  routes: {
    'POST /order': async ({ session, response }) => {
      await session.set('flash', 'Thank you.');
      response.send('ordered');
    },
    'GET /avatar': layout,
    'GET /orders': layout,
  },
  steps: [[{ send: 'POST /order' }], [{ send: 'GET /avatar', by: 'image' }], [{ send: 'GET /orders' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'No message.',
  fixed: {
    routes: {
      'GET /avatar': ({ response }) => {
        response.send('a picture');
      },
    },
  },
};
