import { setTimeout as wait } from 'node:timers/promises';
import { burstButton, html, look, page } from '../html.ts';
import type { Problem } from './problem.ts';

const path = '/problems/lost-update/';

/** Problem 1: two requests at once, each saves the whole session. */
export const lostUpdate: Problem = {
  path,
  title: 'Lost update',
  symptom: 'my cart lost an item',
  pages(app) {
    app.get(path, (request, response) => {
      request.session.cart ??= { currency: 'EUR', items: [{ sku: 'TEA-01', name: 'Tea', qty: 1 }] };
      const count = request.session.cart.items.length;
      response.send(
        page(
          'Lost update',
          html`<p>
              The cart holds <b>${count}</b>. One request adds an item, another stores a coupon, both at once. The
              second never touches the cart.
            </p>
            ${burstButton('Send both', [
              ['POST', `${path}items`],
              ['POST', `${path}coupon`, 15],
            ])}
            <p><a href="${path}">Look at the cart</a>: the item is gone.</p>
            ${look(html`two overlapping bars. Both <b>load</b> the same record; the later <b>save</b> writes its older copy back.`)}`,
        ),
      );
    });

    app.post(`${path}items`, async (request, response) => {
      await wait(40);
      request.session.cart?.items.push({ sku: 'POT-03', name: 'Pot', qty: 1 });
      response.send(`cart has ${request.session.cart?.items.length ?? 0}`);
    });

    app.post(`${path}coupon`, async (request, response) => {
      await wait(160);
      request.session.coupon = 'AUTUMN10';
      response.send(`cart has ${request.session.cart?.items.length ?? 0}`);
    });
  },
};
