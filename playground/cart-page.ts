/** What the cart pages of all demos show; what they do, each does with its library's own calls. */
import { html, postButton } from './html.ts';
import type { PageParts } from './layout.ts';

export interface CartItem {
  sku: string;
  name: string;
  qty: number;
}

export interface Cart {
  currency: string;
  items: CartItem[];
}

/** Names by SKU. */
export const GOODS: Readonly<Record<string, string>> = { 'MUG-11': 'Mug', 'TEA-01': 'Tea', 'POT-03': 'Pot' };

export const NO_SUCH_ITEM = 'No such item. Go back and choose one of the list.';

export const skuOf = ({ body }: { body?: unknown }): string =>
  String((body as { sku?: unknown } | undefined)?.sku ?? '');

export const cartPage = (items: readonly CartItem[]): Pick<PageParts, 'title' | 'body'> => ({
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
});
