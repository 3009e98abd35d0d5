import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel } from '../../model/index.ts';
import { ALICE, BOB, createRecording } from '../../model/recording/recording.cases.ts';
import { Scrubber } from './Scrubber.tsx';

let root: HTMLElement;
let model: PanelModel;

/** Requests 1 and 3 are Alice's, 2 and 4 Bob's. */
beforeEach(async () => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  const recording = createRecording();
  recording.epochStarted();
  for (const session of [ALICE, BOB, ALICE, BOB]) {
    recording.start('/cart', { session }).finish({ sessionAfter: session });
    recording.wait(1_000);
  }
  model.receive(recording.events);
  await act(() => render(<Scrubber model={model} />, root));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const slider = () => root.querySelector<HTMLElement>('.scrub')!;
const press = (key: string) =>
  act(() => {
    slider().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  });
const tops = () => [...root.querySelectorAll<HTMLElement>('.scrub > i')].map(({ style }) => style.top);
const here = () => model.cursor.value!.exchange.number;

test('without lanes nothing stands beside the line, and arrows step', async () => {
  expect(root.querySelector('.lane-labels')).toBeNull();
  await press('PageDown');
  expect(here()).toBe(3);
});

test('in lanes by session, each has its height and its name, and the slider says the lane', async () => {
  await act(() => {
    model.lanesBy.value = 'session';
  });
  expect([...root.querySelectorAll('.lane-labels > span')].map(({ textContent }) => textContent)).toEqual([
    'a11c',
    'b0b0',
  ]);
  expect(tops()).toEqual(['16px', '37px', '16px', '37px']);
  expect(slider().getAttribute('aria-label')).toBe('Moment in the recording, Lanes by session');
  expect(slider().getAttribute('aria-valuetext')).toContain(`Session ${BOB}`);
});

test('page keys go on in a lane, up and down change it', async () => {
  await act(() => {
    model.lanesBy.value = 'session';
  });
  expect(here()).toBe(4);
  await press('PageDown');
  expect(here()).toBe(2);
  await press('ArrowUp');
  expect([1, 3]).toContain(here());
  const before = here();
  // There is none above.
  await press('ArrowUp');
  expect(here()).toBe(before);
});

test('a click on a session`s lane shows that session alone, and another click all of them', async () => {
  await act(() => {
    model.lanesBy.value = 'session';
  });
  const click = () => act(() => root.querySelector<HTMLElement>('.lane-labels > span')!.click());
  await click();
  expect(model.visible.value.map(({ number }) => number)).toEqual([1, 3]);
  await click();
  expect(model.visible.value).toHaveLength(4);
});
