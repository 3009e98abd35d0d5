import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel } from '../../../model/index.ts';
import { ALICE, createRecording } from '../../../model/recording/recording.cases.ts';
import { StoreLookView } from './StoreLook.tsx';

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

test('a look that was overtaken by a save says so, leads there, and is as new once it is read again', async () => {
  const recording = createRecording();
  const model = createPanelModel();
  let ended = 0;
  const request = (state: Record<string, number>) => {
    const exchange = recording.start('/cart');
    exchange.save(state);
    ended = exchange.finish().at;
    recording.wait(1_000);
    model.receive(recording.events.splice(0));
  };
  let stored = { n: 1 };
  const readStore = () => {
    const store = { outcome: 'found' as const, at: ended + 500, state: stored };
    model.setStoreReading({ session: ALICE, store, memory: [] });
    return Promise.resolve();
  };
  const press = (words: string) =>
    act(() => [...root.querySelectorAll('button')].find((button) => button.textContent === words)!.click());
  request(stored);
  await act(() => render(<StoreLookView model={model} actions={{ copy() {}, readStore }} />, root));
  expect(root.textContent).not.toContain('as of');
  await press('Read the store now');
  expect(root.textContent).toMatch(/as of \d\d:\d\d:\d\d\.\d{3}/);
  expect(root.textContent).not.toContain('Old');
  await act(() => request((stored = { n: 2 })));
  expect(root.textContent).toMatch(/Old: #2 save came at \d\d:.*after this was read/);
  await act(() => model.first());
  await press('#2 save');
  expect(model.cursor.value).toMatchObject({ exchange: { number: 2 }, index: 1 });
  await press('Refresh');
  expect(root.textContent).not.toContain('Old');
  expect(root.querySelector('.grid')!.textContent).toBe('n2');
});

test('where the cookie is the record, it is the cookie that is read', async () => {
  const recording = createRecording();
  const model = createPanelModel();
  const exchange = recording.start('/cart');
  exchange.load({ n: 1 }, { layer: 'cookie' });
  exchange.finish();
  model.receive(recording.events.splice(0));
  const readStore = () => {
    model.setStoreReading({ session: ALICE, store: { outcome: 'missing', at: 1 }, memory: [] });
    return Promise.resolve();
  };
  await act(() => render(<StoreLookView model={model} actions={{ copy() {}, readStore }} />, root));
  expect(root.textContent).toBe('Record in the cookie Read the cookie now');
  await act(() => root.querySelector('button')!.click());
  expect(root.textContent).toContain('The cookie holds no record of this session.');
});
