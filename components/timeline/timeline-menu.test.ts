import { beforeEach, expect, test } from 'vitest';
import { createPanelModel, createWorkbench, type PanelModel, loadDeferred } from '../../model/index.ts';
import { ALICE, createRecording } from '../../model/recording/recording.cases.ts';
import type { PanelActions } from '../frame/panel-actions.ts';
import { timelineMenu } from './timeline-menu.ts';

await loadDeferred();

let model: PanelModel;
let copied: string[];
const bench = createWorkbench();
let actions: PanelActions;

beforeEach(() => {
  model = createPanelModel();
  copied = [];
  actions = {
    copy: (text) => copied.push(text),
    openSource: ({ file }, epoch) => copied.push(`opened ${file} of ${epoch}`),
  };
  const recording = createRecording();
  const exchange = recording.start('/cart/add/', { method: 'POST' });
  exchange.load({ cart: {} });
  exchange.operation('set', {
    path: ['cart', 'items'],
    before: [],
    after: [1],
    source: { frames: [{ file: 'cart.ts', line: 3, kind: 'app' }] },
  });
  exchange.set('note', 'x');
  exchange.finish();
  recording.start('/other/').finish();
  model.receive(recording.events);
});

const rowOf = (kind: 'exchange' | 'operation', number = 0) =>
  [...model.rows.value.rows].filter((row) => row.kind === kind)[number]!;
const choose = (row: ReturnType<typeof rowOf>, title: string) => {
  const item = timelineMenu(row, model, actions, bench).find((found) => found.title === title);
  if (item === undefined)
    throw new Error(
      `no ${title} among ${timelineMenu(row, model, actions, bench)
        .map((found) => found.title)
        .join(', ')}`,
    );
  item.act();
};
const shown = () => [...model.rows.value.rows].map((row) => row.kind).join(' ');

test('an exchange: filter by its path and its session, and take both back by the filter box', () => {
  choose(rowOf('exchange'), 'Filter by /cart/add/');
  expect(model.filterText.value).toBe('path:/cart/add/');
  expect(model.counts.value.exchanges).toBe(1);
  choose(rowOf('exchange'), `Filter by session ${ALICE.slice(0, 4)}`);
  expect(model.filterText.value).toBe('path:/cart/add/ session:a11c');
  expect(model.counts.value).toMatchObject({ exchanges: 1, shown: 3 });
  model.filterText.value = '';
  expect(model.counts.value.exchanges).toBe(2);
});

test('an exchange: compare, copy as cURL, JSON, fetch and Markdown', () => {
  choose(rowOf('exchange', 1), 'Compare with the previous request');
  expect([model.tab.value, model.diffBase.value]).toEqual(['diff', 'previous']);
  choose(rowOf('exchange'), 'Copy as cURL');
  expect(copied[0]).toBe(`curl -X 'POST' 'http://localhost/cart/add/' -H 'cookie: sid='"$SESSION_COOKIE"`);
  choose(rowOf('exchange'), 'Copy as JSON');
  expect(JSON.parse(copied[1]!)).toMatchObject({ started: { path: '/cart/add/' } });
  choose(rowOf('exchange'), 'Copy as fetch');
  expect(copied[2]).toContain('fetch("http://localhost/cart/add/"');
  choose(rowOf('exchange'), 'Copy as Markdown');
  expect(copied[3]).toMatch(/POST \/cart\/add\/[\s\S]*cart\.items/);
});

test('an operation: its source, its value, its key`s history, and the diff around it', () => {
  const set = rowOf('operation', 1);
  choose(set, 'Open the source');
  choose(set, 'Copy the value');
  choose(set, 'Copy the key');
  choose(set, 'Copy the path');
  expect(copied).toEqual(['opened cart.ts of epoch00001', '[\n  1\n]', 'cart', 'cart.items']);
  choose(set, 'History of cart.items');
  expect([model.tab.value, model.selectedPath.value]).toEqual(['state', ['cart', 'items']]);
  choose(set, 'Diff around this');
  expect([model.tab.value, model.diffBase.value, model.cursor.value?.index]).toEqual(['diff', 'operation', 2]);
});

test('an operation: hide its key, or show nothing else', () => {
  choose(rowOf('operation', 1), 'Hide cart');
  expect(model.filterText.value).toBe('-key:"cart"');
  expect(shown()).toBe('burst exchange operation operation exchange');
  model.filterText.value = '';
  choose(rowOf('operation', 1), 'Filter to cart');
  expect(shown()).toBe('burst exchange operation');
});

test('what lies between exchanges has no menu', () => {
  expect(timelineMenu(model.rows.value.rows.get(0)!, model, actions, bench)).toEqual([]);
});
