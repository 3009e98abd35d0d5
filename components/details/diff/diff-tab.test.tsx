import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel, loadDeferred } from '../../../model/index.ts';
import { createRecording } from '../../../model/recording/recording.cases.ts';
import type { EncodedValue } from '../../../protocol/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { DiffTab } from './DiffTab.tsx';

await loadDeferred();

let root: HTMLElement;
let model: PanelModel;
let asked: string[];

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  asked = [];
});
afterEach(() => {
  render(null, root);
  root.remove();
});

/** A list of numbers as a companion sends it: the first few, of as many as there are. */
const listOf = (all: readonly number[], given: number): EncodedValue =>
  given >= all.length ? [...all] : { $: 'array', items: all.slice(0, given), size: all.length };

/** The end of one request beside the end of the next: each has loaded this, and the server has all of it. */
async function compare(before: EncodedValue, after: EncodedValue, server: Record<string, EncodedValue>): Promise<void> {
  const recording = createRecording();
  for (const [path, state] of [
    ['/before', before],
    ['/after', after],
  ] as const) {
    const exchange = recording.start(path);
    exchange.load(state);
    exchange.finish();
  }
  model.receive(recording.events);
  model.diffBase.value = 'previous';
  const actions: PanelActions = {
    copy: () => {},
    async loadValue(origin) {
      const value = await actions.fetchValue!(origin);
      model.setLoaded(origin.operation, origin.part, origin.path, value);
      return value;
    },
    fetchValue({ operation, path }) {
      const of = operation.seq < recording.events.length / 2 ? 'before' : 'after';
      asked.push(`${of} ${path.join('.')}`);
      return Promise.resolve(server[`${of} ${path.join('.')}`]!);
    },
  };
  await act(() => render(<DiffTab model={model} actions={actions} />, root));
}
const load = () =>
  [...root.querySelectorAll<HTMLElement>('button')].find(({ textContent }) => textContent === 'Load the rest');
const press = () =>
  act(async () => {
    load()!.click();
    do await new Promise((resolve) => setTimeout(resolve));
    while (said()?.includes('Loading…'));
  });
const said = () => root.textContent;

const FEW = Array.from({ length: 150 }, (_row, index) => index);

test('a list that was not sent whole is loaded on both sides, and compared then', async () => {
  const other = FEW.with(120, -1);
  await compare({ rows: listOf(FEW, 100) }, { rows: listOf(other, 100) }, { 'before rows': FEW, 'after rows': other });
  expect(said()).toContain('rows is not compared: only the first 100 of 150 were sent.');
  await press();
  expect(asked.toSorted()).toEqual(['after rows', 'before rows']);
  expect(said()).not.toContain('not compared');
  expect(said()).toContain('2 changes under 1 key.');
  expect(load()).toBeUndefined();
});

test('a session of more keys than were sent is loaded as a whole', async () => {
  const keys = (given: number, last: number): EncodedValue => {
    const all = Array.from({ length: 150 }, (_key, at): [string, EncodedValue] => [`k${at}`, at === 149 ? last : at]);
    return { $: 'object', entries: all.slice(0, given), size: 150 };
  };
  await compare(keys(100, 1), keys(100, 1), { 'before ': keys(150, 1), 'after ': keys(150, 1) });
  expect(said()).toContain('Nothing is known to differ; not all of it was compared.');
  await press();
  expect(said()).toContain('Nothing differs between these two moments.');
});

test('a value of either side is viewed with where the whole of it is', async () => {
  await compare({ rows: listOf(FEW, 100) }, { rows: listOf(FEW, 90) }, {});
  const [before, after] = model.diff.value!.rows.flatMap((row) =>
    row.kind === 'line' ? [model.originOfCell('before', row.before!), model.originOfCell('after', row.after!)] : [],
  );
  const [first, second] = model.visible.value;
  expect(before).toMatchObject({ operation: first!.operations[0], part: 'state', path: ['rows'] });
  expect(after).toMatchObject({ operation: second!.operations[0], part: 'state', path: ['rows'] });
});

test('a value that can not be had says why', async () => {
  await compare({ rows: listOf(FEW, 100) }, { rows: listOf(FEW, 100) }, {});
  const actions: PanelActions = { copy: () => {}, loadValue: () => Promise.reject(new Error('The server is gone.')) };
  await act(() => render(<DiffTab model={model} actions={actions} />, root));
  await press();
  expect(root.querySelector('[role=alert]')?.textContent?.trim()).toBe('The server is gone.');
});
