import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel, loadDeferred } from '../../../model/index.ts';
import { createRecording } from '../../../model/recording/recording.cases.ts';
import { CookieTab } from './CookieTab.tsx';

await loadDeferred();

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

const ACTIONS = { copy: () => undefined };

const NAMED = { name: 'sid', httpOnly: true, bytes: 90 };

test.each([
  [{ partitioned: true, secure: true }, 'Kept for each site of the page by itself, and sent below that one alone.'],
  [{ partitioned: true, secure: false }, 'Browsers take it with Secure only.'],
  [{ secure: true }, undefined],
])('flags of a cookie with %j', async (fields, note) => {
  const recording = createRecording();
  const exchange = recording.start('/');
  const attributes = { ...NAMED, ...fields };
  exchange.finish({ verdict: { cookie: { outcome: 'set', attributes } } });
  const model = createPanelModel();
  model.receive(recording.events);
  await act(() => render(<CookieTab model={model} actions={ACTIONS} />, root));
  const row = [...root.querySelectorAll('.flags tr')].find(({ textContent }) => textContent?.startsWith('Partitioned'));
  expect(row?.lastElementChild?.textContent).toBe(note);
});

test.each([
  ['https', /anyone on the way can read it/],
  ['http', /fine here, needed on https/],
])('a cookie without Secure, asked for by %s through a proxy that speaks http', async (protocol, note) => {
  const recording = createRecording();
  const exchange = recording.start('/');
  exchange.finish({ verdict: { cookie: { outcome: 'set', attributes: { ...NAMED, secure: false } } } });
  const model = createPanelModel();
  model.receive(recording.events);
  model.seeHarEntry({
    exchanges: [exchange.id],
    url: `${protocol}://shop.test/`,
    method: 'GET',
    status: 200,
    startedAt: 0,
    durationMs: 1,
    setCookies: [],
    fromCache: false,
  });
  await act(() => render(<CookieTab model={model} actions={ACTIONS} />, root));
  const row = [...root.querySelectorAll('.flags tr')].find(({ textContent }) => textContent?.startsWith('Secure'));
  expect(row?.lastElementChild?.textContent).toMatch(note);
});
