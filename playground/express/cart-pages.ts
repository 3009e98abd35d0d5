import type { Express, Request } from 'express';
import { html, look, page, postButton } from './html.ts';
import type { Cart } from './session-data.ts';

const GOODS: Record<string, string> = { 'MUG-11': 'Mug', 'TEA-01': 'Tea', 'POT-03': 'Pot' };

/** The session's cart, made at the first look. */
const cartOf = (request: Request): Cart => (request.session.cart ??= { currency: 'EUR', items: [] });

/** A cart that is changed where it lies: no assignment to `session.cart`. */
export function cartPages(app: Express): void {
  app.get('/cart/', (request, response) => {
    const items = request.session.cart?.items ?? [];
    response.send(
      page(
        'Cart',
        html`<table>
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
                  <td>${postButton('/cart/more/', '+', { sku })}${postButton('/cart/remove/', 'Remove', { sku })}</td>
                </tr>`,
            )}
          </table>
          <p>${Object.entries(GOODS).map(([sku, name]) => postButton('/cart/add/', `Add ${name}`, { sku }))}</p>
          ${look(html`<b>set</b> <code>cart.items[0].qty</code>, marked <i>inferred</i>: nobody assigned <code>session.cart</code>, the change was found before the save.`)}`,
      ),
    );
  });

  const skuOf = (request: Request): string => String((request.body as { sku?: unknown }).sku ?? '');

  app.post('/cart/add/', (request, response) => {
    const sku = skuOf(request);
    const name = GOODS[sku];
    if (name === undefined) return void response.status(400).send('No such item. Go back and choose one of the list.');
    const { items } = cartOf(request);
    const held = items.find((item) => item.sku === sku);
    if (held) held.qty += 1;
    else items.push({ sku, name, qty: 1 });
    response.redirect(303, '/cart/');
  });

  app.post('/cart/more/', (request, response) => {
    const held = cartOf(request).items.find((item) => item.sku === skuOf(request));
    if (held) held.qty += 1;
    response.redirect(303, '/cart/');
  });

  app.post('/cart/remove/', (request, response) => {
    const cart = cartOf(request);
    cart.items = cart.items.filter((item) => item.sku !== skuOf(request));
    response.redirect(303, '/cart/');
  });
}
