import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel } from '../model/index.ts';
import { createRecording } from '../model/recording.cases.ts';
import type { EncodedValue } from '../protocol/index.ts';
import type { MenuItem } from './Menu.tsx';
import type { PanelActions } from './panel-actions.ts';
import { StateTab } from './StateTab.tsx';

let root: HTMLElement;
let model: PanelModel;
let asked: string[];
let menu: readonly MenuItem[];
let answer: () => Promise<void>;

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  asked = [];
  menu = [];
  answer = () => Promise.resolve();
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
    [...row.querySelectorAll('td')].slice(0, 3).map((cell) => cell.textContent?.replace(/^[▸▾]/, '').trim()),
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

test('keys in their order, with what the store holds beside them', async () => {
  await show({ b: 1, a: { x: [1, 2] }, note: LONG, password: HELD });
  expect(cells()).toEqual([
    ['a', '{x: [2]}', '='],
    ['b', '1', '='],
    ['note', '9.0 KB "Please ring"', '='],
    ['password', 'redacted', '='],
  ]);
});

test('the rest of a cut value is fetched on a click, and only then', async () => {
  await show({ note: LONG });
  expect(root.querySelector('.rest')).toBeNull();
  await select('note');
  expect(root.querySelector('.rest')?.textContent).toBe('Load the rest');
  expect(asked).toEqual([]);
  await press('.rest');
  expect(asked).toEqual(['load note']);
});

test('a value that can not be had says why', async () => {
  answer = () => Promise.reject(new Error('The server does not hold it any more.'));
  await show({ note: LONG });
  await select('note');
  await press('.rest');
  await act(() => Promise.resolve());
  expect(root.querySelector('[role=alert]')?.textContent).toBe('The server does not hold it any more.');
});

test('what was held back can be revealed by a paired panel alone', async () => {
  await show({ password: HELD });
  await select('password');
  expect(root.querySelector('.rest')).toBeNull();
  await act(() => model.setConnection({ paired: true }));
  expect(root.querySelector('.rest')?.textContent).toBe('Reveal');
  await press('.rest');
  expect(asked).toEqual(['reveal password']);
});

test('a whole value offers nothing to load; its menu copies it and follows its key', async () => {
  await show({ cart: { items: [1] } });
  await select('cart');
  expect(root.querySelector('.rest')).toBeNull();
  await act(
    () =>
      void root
        .querySelector('.tree tbody tr')!
        .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
  );
  expect(menu.map(({ title }) => title)).toEqual([
    'Open',
    'History of cart',
    'Filter to cart',
    'Hide cart',
    'Copy the key',
    'Copy the value',
  ]);
  menu.at(-1)!.act();
  expect(JSON.parse(asked[0]!.slice(5))).toEqual({ items: [1] });
});

test('an empty session is told as one', async () => {
  await show({});
  expect(root.textContent).toContain('The session is empty');
});
