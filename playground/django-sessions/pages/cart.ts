import type { Request, Response } from 'express';
import { html, page, postButton } from '../layout.ts';
import type { Topic } from '../topic.ts';

const GOODS: Record<string, string> = { 'MUG-11': 'Mug', 'TEA-01': 'Tea', 'POT-03': 'Pot' };

const skuOf = (request: Request): string => String((request.body as { sku?: unknown } | undefined)?.sku ?? '');

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
          title: 'Cart',
          body: html`<div class="card">
              <table>
                <tr>
                  <th>Item</th>
                  <th>Quantity</th>
                  <th></th>
                </tr>
                ${items.map(
                  ({ sku, name, qty }) =>
                    html`<tr>
                      <td>${name}</td>
                      <td>${qty}</td>
                      <td>
                        ${postButton('/cart/more/', '+', { fields: { sku }, quiet: true })}
                        ${postButton('/cart/remove/', 'Remove', { fields: { sku }, quiet: true })}
                      </td>
                    </tr>`,
                )}
              </table>
            </div>
            <div>
              ${Object.entries(GOODS).map(([sku, name]) => postButton('/cart/add/', `Add ${name}`, { fields: { sku } }))}
            </div>`,
          look: html`<b>set</b> <code>cart.items[0].qty</code>, marked <i>inferred</i>: nobody assigned the key
            <code>cart</code>. The change was found before the save that <code>modified = true</code> asked for.`,
          code: add,
        }),
      );
    });

    async function add(request: Request, response: Response) {
      const sku = skuOf(request);
      const name = GOODS[sku];
      if (name === undefined)
        return void response.status(400).send('No such item. Go back and choose one of the list.');
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
