import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel, loadDeferred } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { FilterBox } from './FilterBox.tsx';

await loadDeferred();

let root: HTMLElement;
let model: PanelModel;

beforeEach(async () => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  const recording = createRecording();
  const exchange = recording.start('/cart');
  exchange.set('cart', 1);
  exchange.set('note', 'tea');
  exchange.finish();
  model.receive(recording.events);
  await act(() => render(<FilterBox model={model} />, root));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const field = () => root.querySelector('input')!;
const offered = () =>
  root.querySelector<HTMLElement>('.suggestions')!.hidden
    ? []
    : [...root.querySelectorAll('[role=option] bdi')].map(({ textContent }) => textContent);
const chosen = () => root.querySelector('[aria-selected=true] bdi')?.textContent;
const type = (text: string) =>
  act(() => {
    field().value = text;
    field().dispatchEvent(new Event('input', { bubbles: true }));
  });
/** Gives whether the field took it: what it leaves goes on to the panel and to the browser. */
async function key(name: string): Promise<boolean> {
  const event = new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true });
  await act(() => void field().dispatchEvent(event));
  return event.defaultPrevented;
}

test('what may follow is offered while a word is typed; arrows choose, Enter takes', async () => {
  await type('ke');
  expect(offered()).toEqual(['key:']);
  expect(await key('Tab')).toBe(true);
  // A field waits for its value.
  expect(model.filterText.value).toBe('key:');
  expect(offered()).toEqual(['key:"cart"', 'key:"note"']);
  await key('ArrowDown');
  await key('ArrowDown');
  expect(chosen()).toBe('key:"note"');
  expect(field().getAttribute('aria-activedescendant')).toBe(root.querySelector('[aria-selected=true]')!.id);
  await key('ArrowDown');
  expect(chosen()).toBe('key:"cart"');
  await key('ArrowUp');
  expect(chosen()).toBe('key:"note"');
  expect(await key('Enter')).toBe(true);
  expect(model.filterText.value).toBe('key:"note" ');
  expect(offered()).toEqual([]);
  expect(model.counts.value).toMatchObject({ exchanges: 1, shown: 1 });
});

test('Esc closes the list and nothing else; with no list the keys are left to others', async () => {
  await type('key:');
  expect(await key('Escape')).toBe(true);
  expect(offered()).toEqual([]);
  expect(model.filterText.value).toBe('key:');
  for (const name of ['Escape', 'ArrowDown', 'Enter', 'Tab']) expect([name, await key(name)]).toEqual([name, false]);
});

test('a press takes what is offered, and the field keeps the focus', async () => {
  await type('tea -key:c');
  expect(offered()).toEqual(['-key:"cart"']);
  const press = new MouseEvent('mousedown', { bubbles: true, cancelable: true });
  await act(() => void root.querySelector('[role=option]')!.dispatchEvent(press));
  expect(press.defaultPrevented).toBe(true);
  expect(model.filterText.value).toBe('tea -key:"cart" ');
});
