import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { burstButton, html, page } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/lost-update/';

/** Problem 1: two requests at once, each saves the whole session. */
export const lostUpdate: Topic = {
  path,
  title: 'Lost update',
  says: 'my cart lost an item',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const cart = await sessions
        .of(request)
        .setDefault('cart', { currency: 'EUR', items: [{ sku: 'TEA-01', name: 'Tea', qty: 1 }] });
      response.send(
        page(path, {
          title: 'Lost update',
          body: html`<p>
              The cart holds <b>${cart.items.length}</b>. One request adds an item, another stores a coupon, both at
              once. The second never changes the cart.
            </p>
            ${burstButton('Send both', [
              ['POST', `${path}items`],
              ['POST', `${path}coupon`, 15],
            ])}
            <p><a href="${path}">Look at the cart</a>: the item is gone.</p>`,
          look: html`Two overlapping bars: both <b>load</b> the same record. The later <b>save</b> writes its older copy
            back, and with it the cart as it was.`,
          code: addCoupon,
        }),
      );
    });

    async function addItem(request: Request, response: Response) {
      const session = sessions.of(request);
      const cart = (await session.get('cart')) ?? { currency: 'EUR', items: [] };
      await wait(40);
      cart.items.push({ sku: 'POT-03', name: 'Pot', qty: 1 });
      await session.set('cart', cart);
      response.send(`cart has ${cart.items.length}`);
    }

    async function addCoupon(request: Request, response: Response) {
      const session = sessions.of(request);
      const count = (await session.get('cart'))?.items.length ?? 0;
      await wait(160);
      await session.set('coupon', 'AUTUMN10');
      response.send(`cart has ${count}`);
    }

    app.post(`${path}items`, addItem);
    app.post(`${path}coupon`, addCoupon);
  },
};
