import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel, loadDeferred } from '../../model/index.ts';
import { createStage } from '../../model/findings/rule.cases.ts';
import { VerdictLine } from './VerdictLine.tsx';

await loadDeferred();

let root: HTMLElement;
let model: PanelModel;

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
});
afterEach(() => {
  render(null, root);
  root.remove();
});

/** Both loaded the same cart; the second one saved without the item that the first one had added. */
function loseAnItem() {
  const stage = createStage();
  const cart = { items: ['tea'] };
  const items = stage.start('/items', { method: 'POST' });
  items.load({ cart });
  const coupon = stage.start('/coupon', { method: 'POST' });
  coupon.load({ cart });
  items.set('cart', { items: ['tea', 'pot'] }, { before: cart });
  items.save({ cart: { items: ['tea', 'pot'] } });
  items.finish();
  coupon.set('coupon', 'AUTUMN10');
  coupon.save({ cart, coupon: 'AUTUMN10' });
  coupon.finish({ verdict: { record: { outcome: 'saved', reason: 'modified' } } });
  model.receive(stage.events);
  return { items, coupon };
}
const show = () => act(() => render(<VerdictLine model={model} />, root));
const words = () => root.querySelector('.found')?.textContent ?? '';

test('a record that was saved and erased what another had saved: both are said, and a click opens the finding', async () => {
  const { coupon } = loseAnItem();
  model.select({ exchange: coupon.id, index: 0 });
  await show();
  expect(root.textContent).toMatch(/Record saved/);
  expect(words()).toMatch(/^Problem Lost update .*erased cart\.items\[1\], which .*POST \/items had saved/);
  // What to do stands there too, without a click.
  expect(root.querySelector('.found .fix')!.textContent).toMatch(/^Fix \S/);

  await act(() => root.querySelector<HTMLElement>('.found button')!.click());
  expect(model.tab.value).toBe('findings');
  expect(model.finding.value?.rule.id).toBe('lost-update');
  expect(words(), 'its own tab says it in full').toBe('');
});

test('what the verdict says of the cookie is said once; its finding has its own tab', async () => {
  const stage = createStage();
  const get = stage.start('/');
  get.set('user', 'ada');
  get.save({ user: 'ada' });
  const text = 'The cookie is Secure and the page is served over plain http, so it set none.';
  get.finish({ verdict: { cookie: { outcome: 'not-set', reason: 'secure-over-http', due: true, text } } });
  model.receive(stage.events);
  model.select({ exchange: get.id, index: 0 });
  await show();
  expect(model.findings.value.map(({ rule }) => rule.id)).toContain('cookie-not-set');
  expect(root.textContent).toContain(text);
  expect(words()).toBe('');
});

test('a request of which nothing was found has no such line, nor one whose rule is silenced', async () => {
  const { items, coupon } = loseAnItem();
  model.select({ exchange: items.id, index: 0 });
  await show();
  expect(words()).toBe('');

  model.select({ exchange: coupon.id, index: 0 });
  model.toggleSilence(model.findings.value[0]!);
  await show();
  expect(words()).toBe('');
});
