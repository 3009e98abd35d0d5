import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import type { Middleware } from '../../protocol/index.ts';
import { EpochRow } from './BetweenRows.tsx';

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

test.each<[string, Middleware['recordsIn'], RegExp]>([
  ['MemoryStore', undefined, /MemoryStore was emptied/],
  ['cache', 'process', /cache was emptied: cookies issued before the restart point to sessions that no longer exist/],
  ['RedisStore', 'outside', /The sessions are kept\./],
  ['signed_cookies', undefined, /The sessions are kept\./],
  ['SomeStore', undefined, /Whether SomeStore kept its records is not known/],
])('a restart of a server with %s, whose records lie in %s', async (store, recordsIn, words) => {
  const middleware = { library: 'x', libraryVersion: '1', cookieNames: ['sid'], store, settings: {} };
  const middlewares = [{ ...middleware, ...(recordsIn ? { recordsIn } : {}) }];
  const model = createPanelModel();
  for (const [epoch, at] of [
    ['epoch00001', 1],
    ['epoch00002', 2],
  ] as const) {
    const recording = createRecording(epoch, at);
    recording.epochStarted({ middlewares });
    recording.start('/a').finish();
    model.receive(recording.events);
  }
  const row = [...model.rows.value.rows].find(({ kind }) => kind === 'epoch');
  if (row?.kind !== 'epoch') throw new Error('no row of the restart');
  const props = { row, index: 0, model, actions: { copy() {} }, isSelected: false };
  await act(() => render(<EpochRow {...props} />, root));
  expect(root.textContent).toMatch(words);
});
