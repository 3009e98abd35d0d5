import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel } from '../../../model/index.ts';
import { createRecording } from '../../../model/recording/recording.cases.ts';
import type { EncodedValue } from '../../../protocol/index.ts';
import type { MenuItem } from '../../parts/Menu.tsx';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { StateTab } from './StateTab.tsx';

let root: HTMLElement;
let model: PanelModel;
let asked: string[];
let menu: readonly MenuItem[];
let answer: () => Promise<EncodedValue | undefined>;

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  asked = [];
  menu = [];
  answer = () => Promise.resolve(undefined);
});
afterEach(() => {
  render(null, root);
  root.remove();
});

async function show(state: EncodedValue): Promise<void> {
  const recording = createRecording();
  const exchange = recording.start('/');
  exchange.load(state);
  exchange.finish();
  model.receive(recording.events);
  const actions: PanelActions = {
    copy: (text) => asked.push(`copy ${text}`),
    loadValue: ({ path }, reveal) => {
      asked.push(`${reveal ? 'reveal' : 'load'} ${path.join('.')}`);
      return answer();
    },
  };
  await act(() => render(<StateTab model={model} actions={actions} openMenu={(items) => (menu = items)} />, root));
}

const cells = () =>
  [...root.querySelectorAll('.tree tbody tr')].map((row) =>
    [...row.querySelectorAll('td:not(:last-child)')].map((cell) => cell.textContent?.replace(/^[▸▾]/, '').trim()),
  );
const select = (name: string) =>
  act(() =>
    [...root.querySelectorAll<HTMLElement>('.tree tbody tr')]
      .find((row) => row.querySelector('td')?.textContent?.includes(name))!
      .click(),
  );
const press = (selector: string) => act(() => root.querySelector<HTMLElement>(selector)!.click());

const LONG: EncodedValue = { $: 'text', head: 'Please ring', tail: 'thanks', length: 9_000, digest: '0123456789ab' };
const HELD: EncodedValue = { $: 'redacted', digest: '0123456789ab', by: 'name' };

test('keys in their order; while the store agrees, it takes no room', async () => {
  await show({ b: 1, a: { x: [1, 2] }, note: LONG, password: HELD });
  expect(cells()).toEqual([
    ['a', '{x: [2]}'],
    ['b', '1'],
    ['note', '9.0 KB "Please ring"'],
    ['password', 'redacted'],
  ]);
});

test('what the store holds has a column where anything differs', async () => {
  const recording = createRecording();
  const exchange = recording.start('/');
  exchange.load({ a: 1, b: 2 });
  exchange.set('a', 3);
  exchange.finish();
  model.receive(recording.events);
  await act(() => render(<StateTab model={model} actions={{ copy: () => {} }} openMenu={() => {}} />, root));
  expect(root.querySelectorAll('th')[2]?.textContent).toContain('Store');
  expect(cells().map((row) => row.at(-1))).toEqual(['≠ 1', '=']);
});

test('empty keys, keys that reorder the row, and long ones can be distinguished', async () => {
  await show({ '': 1, 'a\u202eb': 2, ['k'.repeat(500)]: 3 });
  const names = [...root.querySelectorAll('.tree tbody td:first-child bdi')].map(({ textContent }) => textContent);
  expect(names).toEqual(['""', 'a\\u202eb', 'k'.repeat(500)]);
});

test('the rest of a cut value is fetched on a click, and only then', async () => {
  await show({ note: LONG });
  expect(root.querySelector('.rest .load')).toBeNull();
  await select('note');
  expect(root.querySelector('.rest .load')?.textContent).toBe('Load the rest');
  expect(asked).toEqual([]);
  await press('.rest .load');
  expect(asked).toEqual(['load note']);
});

test('keys that were not sent are fetched on a click', async () => {
  const keys = (given: number): EncodedValue => ({
    $: 'object',
    entries: Array.from({ length: given }, (_key, at): [string, EncodedValue] => [`k${at}`, at]),
    size: 120,
  });
  await show(keys(100));
  expect(root.textContent).toContain('100 of 120 keys were sent');
  answer = () => {
    const [exchange] = model.visible.value;
    model.setLoaded(exchange!.operations[0]!, 'state', [], keys(120));
    return Promise.resolve(undefined);
  };
  await press('.note .load');
  await act(() => Promise.resolve());
  expect(asked).toEqual(['load ']);
  expect(root.textContent).not.toContain('keys were sent');
  expect(cells()).toHaveLength(120);
});

test('a value that can not be had says why', async () => {
  answer = () => Promise.reject(new Error('The server does not hold it any more.'));
  await show({ note: LONG });
  await select('note');
  await press('.rest .load');
  await act(() => Promise.resolve());
  expect(root.querySelector('[role=alert]')?.textContent).toBe('The server does not hold it any more.');
});

test('what was redacted can be revealed by a paired panel alone', async () => {
  await show({ password: HELD });
  await select('password');
  expect(root.querySelector('.rest .load')).toBeNull();
  await act(() => model.setConnection({ paired: true }));
  expect(root.querySelector('.rest .load')?.textContent).toBe('Reveal');
  await press('.rest .load');
  expect(asked).toEqual(['reveal password']);
});

test('a whole value offers nothing to load; its menu copies it and follows its key', async () => {
  await show({ cart: { items: [1] } });
  await select('cart');
  expect(root.querySelector('.rest .load')).toBeNull();
  await act(
    () =>
      void root
        .querySelector('.tree tbody tr')!
        .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
  );
  expect(menu.map(({ title }) => title)).toEqual([
    'Open',
    'View the value',
    'History of cart',
    'Watch cart',
    'Filter to cart',
    'Hide cart',
    'Copy the key',
    'Copy the value',
  ]);
  menu.at(-1)!.act();
  expect(JSON.parse(asked[0]!.slice(5))).toEqual({ items: [1] });
});

test('an empty session is shown as one', async () => {
  await show({});
  expect(root.textContent).toContain('The session is empty');
});
