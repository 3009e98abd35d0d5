import type { Handler, Scenario } from './scenario.ts';

/** The name is one for all libraries here, so that the page that was there before can set it too. */
const SETTINGS = { cookieName: 'shop' };
const OLD = 'shop=left-over';

const cart: Handler = async ({ session, response }) => {
  const items = Number((await session.get('items')) ?? 0) + 1;
  await session.set('items', items);
  response.send(`Items: ${items}.`);
};

/** Problem 10: a cookie of the same name, of a narrower path, hides the one that the server sets. */
export const duplicateCookie: Scenario = {
  id: 'duplicate-cookie',
  title: 'Two cookies of one name',
  symptom: 'below /shop the cart starts at one again with each click',
  cause: 'An older version set the cookie for the path /shop: the browser sends both, the narrower path first.',
  libraries: ['express-session', 'koa-session with a store', 'fastify-session'],
  settings: SETTINGS,
  routes: {
    'GET /old': ({ response }) => {
      response.append('Set-Cookie', `${OLD}; Path=/shop`);
      response.send('the older version');
    },
    'GET /shop/cart': cart,
  },
  steps: [[{ send: 'GET /old' }], [{ send: 'GET /shop/cart' }], [{ send: 'GET /shop/cart' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Items: 1.',
  fixed: {
    routes: {
      // What the older version left is dropped once, by the same name and path.
      'GET /old': ({ response }) => {
        response.append('Set-Cookie', `${OLD}; Path=/shop; Max-Age=0`);
        response.send('the older version');
      },
    },
  },
};
