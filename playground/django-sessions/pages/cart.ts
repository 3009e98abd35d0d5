import type { Request, Response } from 'express';
import { cartPage, GOODS, NO_SUCH_ITEM, skuOf } from '../../cart-page.ts';
import { html } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

/** A cart that is changed where it lies, and says so. */
export const cart: Topic = {
  path: '/cart/',
  title: 'A cart',
  says: 'nested changes, found by comparison',
  pages(app, sessions) {
    app.get('/cart/', async (request, response) => {
      const { items } = await sessions.of(request).get('cart', { currency: 'EUR', items: [] });
      response.send(
        page('/cart/', {
          ...cartPage(items),
          look: html`<b>set</b> <code>cart.items[0].qty</code>, marked <i>inferred</i>: nobody assigned the key
            <code>cart</code>. The change was found before the save that <code>modified = true</code> asked for.`,
          code: add,
        }),
      );
    });

    async function add(request: Request, response: Response) {
      const sku = skuOf(request);
      const name = GOODS[sku];
      if (name === undefined) return void response.status(400).send(NO_SUCH_ITEM);
      const session = sessions.of(request);
      const held = await session.setDefault('cart', { currency: 'EUR', items: [] });
      const item = held.items.find((each) => each.sku === sku);
      if (item) item.qty += 1;
      else held.items.push({ sku, name, qty: 1 });
      session.modified = true;
      response.redirect(303, '/cart/');
    }

    async function more(request: Request, response: Response) {
      const session = sessions.of(request);
      const item = (await session.get('cart'))?.items.find((each) => each.sku === skuOf(request));
      if (item) item.qty += 1;
      session.modified = true;
      response.redirect(303, '/cart/');
    }

    async function remove(request: Request, response: Response) {
      const session = sessions.of(request);
      const held = await session.get('cart');
      if (held) held.items = held.items.filter((item) => item.sku !== skuOf(request));
      session.modified = true;
      response.redirect(303, '/cart/');
    }

    app.post('/cart/add/', add);
    app.post('/cart/more/', more);
    app.post('/cart/remove/', remove);
  },
};
