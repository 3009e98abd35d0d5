import type { Scenario } from './scenario.ts';

/** Problem 14: `regenerate` begins with nothing. */
export const dataLostAtLogin: Scenario = {
  id: 'data-lost-at-login',
  title: 'Data lost at login',
  symptom: 'after the login the cart is empty',
  cause: 'regenerate() gives the client a new session, and the data of the old one is dropped.',
  libraries: ['express-session', 'fastify-session'],
  routes: {
    'GET /': async ({ session, response }) => {
      await session.set('cart', ['tea']);
      response.send('ok');
    },
    'POST /login': async ({ session, response }) => {
      await session.rotate();
      await session.set('user', 'john');
      response.send('logged in');
    },
    'GET /cart': async ({ session, response }) => {
      response.send(String(await session.get('cart')));
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /login' }], [{ send: 'GET /cart' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'undefined',
  fixed: {
    routes: {
      'POST /login': async ({ session, response }) => {
        const cart = await session.get('cart');
        await session.rotate();
        await session.set('cart', cart);
        await session.set('user', 'john');
        response.send('logged in');
      },
    },
  },
};
