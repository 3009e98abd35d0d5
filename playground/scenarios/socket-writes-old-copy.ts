import type { Scenario } from './scenario.ts';

/** Problem 35: a socket has the session of its handshake, however long it is open. */
export const socketWritesOldCopy: Scenario = {
  id: 'socket-writes-old-copy',
  title: 'A WebSocket writes an old copy',
  symptom: 'since the chat is on the page, the cart forgets what I put into it',
  cause: 'The socket saves the session that it got with its handshake, over all that requests have saved since.',
  libraries: ['express-session'],
  routes: {
    'GET /': async ({ session, response }) => {
      const cart = (await session.get('cart')) as string | undefined;
      if (cart === undefined) await session.set('cart', 'tea');
      response.send(`In the cart: ${cart ?? 'tea'}.`);
    },
    'GET /socket': async ({ session, response, reached, until }) => {
      reached('the socket is open');
      await until('POST /cart answered');
      await session.set('lastMessage', 'hello');
      await session.save();
      response.send('closed');
    },
    'POST /cart': async ({ session, response, until }) => {
      await until('the socket is open');
      await session.set('cart', 'tea and a pot');
      response.send('put into it');
    },
  },
  steps: [
    [{ send: 'GET /' }],
    [
      { send: 'GET /socket', by: 'websocket' },
      { send: 'POST /cart', afterMs: 50 },
    ],
    [{ send: 'GET /' }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'In the cart: tea.',
  fixed: {
    routes: {
      // What the socket has to keep belongs into the app's own database.
      'GET /socket': async ({ response, reached, until }) => {
        reached('the socket is open');
        await until('POST /cart answered');
        response.send('closed');
      },
    },
  },
};
