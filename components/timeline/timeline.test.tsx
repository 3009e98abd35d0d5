import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, test } from 'vitest';
import { createPanelModel } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { Timeline } from './Timeline.tsx';

test('a list that is taken away while it follows has not been left by anybody', async () => {
  const root = document.body.appendChild(document.createElement('div'));
  const model = createPanelModel();
  const recording = createRecording();
  for (let count = 0; count < 20; count++) recording.start(`/${count}`).finish();
  model.receive(recording.events);
  await act(() => render(<Timeline model={model} actions={{ copy() {} }} openMenu={() => {}} />, root));
  expect(model.isLive.value).toBe(true);
  const list = root.querySelector('.timeline')!;
  // The list has just scrolled to its newest row, and the browser says so.
  list.dispatchEvent(new Event('scroll'));
  render(null, root);
  // As a browser has it of what is no longer laid out.
  list.scrollTop = 0;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(model.isLive.value).toBe(true);
  root.remove();
});
