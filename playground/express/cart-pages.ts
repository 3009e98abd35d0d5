import type { Express, Request } from 'express';
import { type Cart, cartPage, GOODS, NO_SUCH_ITEM, skuOf } from '../cart-page.ts';
import { html } from '../html.ts';
import { page } from './page.ts';

/** The session's cart, made at the first look. */
const cartOf = (request: Request): Cart => (request.session.cart ??= { currency: 'EUR', items: [] });

/** A cart that is changed where it lies: no assignment to `session.cart`. */
export function cartPages(app: Express): void {
  app.get('/cart/', (request, response) => {
    response.send(
      page('/cart/', {
        ...cartPage(request.session.cart?.items ?? []),
        look: html`<b>set</b> <code>cart.items[0].qty</code>, marked <i>inferred</i>: nobody assigned
          <code>session.cart</code>, the change was found before the save.`,
      }),
    );
  });

  app.post('/cart/add/', (request, response) => {
    const sku = skuOf(request);
    const name = GOODS[sku];
    if (name === undefined) return void response.status(400).send(NO_SUCH_ITEM);
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
