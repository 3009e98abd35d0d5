import { html } from '../html.ts';
import { type Scenario, SEALED } from './scenario.ts';

interface Cart {
  currency: string;
  items: { sku: string; name: string; qty: number }[];
}

const TEA = { sku: 'TEA-01', name: 'Tea', qty: 1 };

/** Problem 1: two requests at once, each saves the whole session. */
export const lostUpdate: Scenario = {
  id: 'lost-update',
  title: 'Lost update',
  symptom: 'my cart lost an item',
  cause: 'Both requests load the same record, and the one that ends last writes its older copy back.',
  // The memory stores of the others hand out the very object that they keep.
  libraries: ['express-session', 'django-sessions', 'koa-session with a store', ...SEALED],
  python: ['django', 'starlette', 'flask', 'flask-session'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      let cart = (await session.get('cart')) as Cart | undefined;
      if (cart === undefined) await session.set('cart', (cart = { currency: 'EUR', items: [TEA] }));
      response.send(page(`In the cart: ${cart.items.map(({ name }) => name).join(', ')}.`));
    },
    'POST /items': async ({ session, response, until }) => {
      const cart = (await session.get('cart')) as Cart;
      await until('the coupon request has loaded');
      cart.items.push({ sku: 'POT-03', name: 'Pot', qty: 1 });
      await session.set('cart', cart);
      response.send(`cart has ${cart.items.length}`);
    },
    'POST /coupon': async ({ session, response, reached, until }) => {
      const { items } = (await session.get('cart')) as Cart;
      reached('the coupon request has loaded');
      await until('POST /items answered');
      await session.set('coupon', 'AUTUMN10');
      response.send(`cart has ${items.length}`);
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /items' }, { send: 'POST /coupon' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'In the cart: Tea.',
  // The page waits for the first answer before it asks for the second thing: neither request waits for the other.
  fixed: {
    routes: {
      'POST /items': async ({ session, response }) => {
        const cart = (await session.get('cart')) as Cart;
        cart.items.push({ sku: 'POT-03', name: 'Pot', qty: 1 });
        await session.set('cart', cart);
        response.send(`cart has ${cart.items.length}`);
      },
      'POST /coupon': async ({ session, response }) => {
        const { items } = (await session.get('cart')) as Cart;
        await session.set('coupon', 'AUTUMN10');
        response.send(`cart has ${items.length}`);
      },
    },
    steps: [[{ send: 'GET /' }], [{ send: 'POST /items' }], [{ send: 'POST /coupon' }], [{ send: 'GET /' }]],
  },
  page: {
    buttons: [{ label: 'Send both', sends: [['POST /items'], ['POST /coupon', 15]] }],
    says: 'One request adds a pot, another stores a coupon, both at once. The second never changes the cart.',
    again: 'Look at the cart: the pot is gone',
    look: html`Two overlapping bars: both <b>load</b> the same record. The later <b>save</b> writes its older copy back,
      and with it the cart as it was.`,
    culprit: 'POST /coupon',
  },
};
