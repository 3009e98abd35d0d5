import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel } from '../../../model/index.ts';
import { createRecording } from '../../../model/recording/recording.cases.ts';
import { ExchangeTab } from './ExchangeTab.tsx';

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

/** Turns what follows it around: a name with it in passes for another. */
const OVERRIDE = '\u202e';

test('names of others are shown with what they hide', async () => {
  const recording = createRecording();
  recording.epochStarted({
    runtime: `node${OVERRIDE} 24`,
    middlewares: [
      {
        library: `express${OVERRIDE}noisses`,
        libraryVersion: '1',
        cookieNames: [`s${OVERRIDE}id`],
        store: `Red${OVERRIDE}is`,
        settings: { name: `'a${OVERRIDE}b'` },
      },
    ],
  });
  const exchange = recording.start(`/a${OVERRIDE}b`);
  exchange.finish();
  const model = createPanelModel();
  model.receive(recording.events);
  model.select({ exchange: exchange.id, index: 0 });
  await act(() => render(<ExchangeTab model={model} actions={{ copy() {} }} />, root));
  const text = root.textContent ?? '';
  expect(text.match(/\\u202e/g)!.length).toBeGreaterThanOrEqual(6);
  expect(text).not.toContain(OVERRIDE);
});
