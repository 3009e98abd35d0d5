import { expect, test } from 'vitest';
import { createRecording } from '../recording/recording.cases.ts';
import { createPanelModel } from './panel-model.ts';
import { LOADING_MS } from './recording-model.ts';

/** A past in parts, each of one request. */
function parts(count: number) {
  const recording = createRecording();
  const all = [[recording.epochStarted()]];
  for (let turn = 0; turn < count; turn++) {
    const from = recording.events.length;
    const exchange = recording.start(`/${turn}`);
    exchange.set('turn', turn);
    exchange.finish();
    all.push(recording.events.slice(from) as (typeof all)[number]);
  }
  return all.slice(1);
}

test('of a past in parts the first is shown at once, the others with the clock, and all of it at the end', () => {
  let now = 1_700_000_000_000;
  const model = createPanelModel({ now: () => now });
  const shown = () => model.counts.value.exchanges;
  const [first, second, third, fourth, fifth] = parts(5);
  model.receive(first!, true);
  expect([shown(), model.isLoading.value, model.isTicking.value]).toEqual([1, true, true]);
  model.receive(second!, true);
  expect(shown()).toBe(1);
  now += LOADING_MS;
  model.tick();
  expect(shown()).toBe(2);
  model.receive(third!, true);
  now += LOADING_MS;
  model.receive(fourth!, true);
  expect(shown()).toBe(4);
  model.receive(fifth!, false);
  expect([shown(), model.isLoading.value]).toEqual([5, false]);
});

test('what was on its way and does not come leaves nothing waiting', () => {
  const model = createPanelModel({ now: () => 1_700_000_000_000 });
  const [first, second] = parts(2);
  model.receive(first!, true);
  model.receive(second!, true);
  model.receive([], false);
  expect(model.counts.value.exchanges).toBe(2);
  expect(model.isLoading.value).toBe(false);
});
