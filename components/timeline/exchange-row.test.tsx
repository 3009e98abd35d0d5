import { render } from 'preact';
import { act } from 'preact/test-utils';
import '@preact/signals';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { ExchangeRow } from './ExchangeRow.tsx';

const START = 1_750_000_000_000;
let now: number;
let model: PanelModel;
let recording: ReturnType<typeof createRecording>;
let root: HTMLElement;

beforeEach(() => {
  now = START;
  model = createPanelModel({ now: () => now });
  recording = createRecording('epoch00001', START);
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

/** As the timeline does it: a row that has not changed is the same object. */
const Rows = () => (
  <>
    {[...model.rows.value.rows].map((row, index) =>
      row.kind === 'exchange' ? (
        <ExchangeRow
          key={row.key}
          row={row}
          index={index}
          model={model}
          actions={{ copy: () => {} }}
          isSelected={false}
        />
      ) : null,
    )}
  </>
);

test('what the browser reports of a request after its row was drawn stands on it', async () => {
  const { id, finish } = recording.start('/cart');
  finish();
  model.receive(recording.events);
  await act(() => render(<Rows />, root));
  expect(root.textContent).not.toContain('matched');

  const response = {
    exchanges: [],
    url: 'http://localhost:3000/cart',
    method: 'GET',
    status: 200,
    startedAt: now,
    durationMs: 5,
    setCookies: [],
    fromCache: false,
  };
  await act(() => model.seeHeaderless(response));
  now += 1_000;
  await act(() => model.tick());
  expect(root.textContent).toContain('matched');

  // A proxy that lets it through after all.
  await act(() => model.seeHarEntry({ ...response, exchanges: [id], purpose: 'prefetch' }));
  expect(root.textContent).toContain('prefetch');
});

test('a request that was cut off does not look as if it had ended well', async () => {
  recording.epochStarted();
  recording.start('/running').set('n', 1);
  const again = createRecording('epoch00002', START + 5_000);
  again.epochStarted();
  model.receive([...recording.events, ...again.events]);
  await act(() => render(<Rows />, root));
  const status = root.querySelector('.status')!;
  expect([status.textContent, status.classList.contains('bad')]).toEqual(['cut off', true]);
  expect(root.querySelector('.record')!.textContent).toBe('not known');
});
