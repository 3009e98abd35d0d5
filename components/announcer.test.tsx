import { render } from 'preact';
import { act } from 'preact/test-utils';
import '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPanelModel, type PanelModel } from '../model/index.ts';
import { createRecording } from '../model/recording.cases.ts';
import { Announcer } from './Announcer.tsx';

let model: PanelModel;
let root: HTMLElement;
let recording: ReturnType<typeof createRecording>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_750_000_000_000 });
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  recording = createRecording();
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

const said = () => root.querySelector('[role=status]')?.textContent;
const request = (operations: number) => {
  const exchange = recording.start('/');
  for (let count = 0; count < operations; count++) exchange.set('a', count);
  exchange.finish();
};
const tell = () => act(() => model.receive(recording.events));
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

test('what came is told in summary, and at most once in five seconds', async () => {
  const told: string[] = [];
  const listen = () => {
    const text = said() ?? '';
    if (text !== '' && text !== told.at(-1)) told.push(text);
  };
  await act(() => render(<Announcer model={model} />, root));
  for (let turn = 1; turn <= 40; turn++) {
    // Another number each time, so that no two announcements read alike.
    request(turn);
    await tell();
    listen();
    await pass(500);
    listen();
  }
  await pass(10_000);
  listen();
  // Twenty seconds of news: five announcements at most, and none of the operations left out.
  expect(told.length).toBeGreaterThan(2);
  expect(told.length).toBeLessThanOrEqual(6);
  const sum = told.reduce((total, text) => total + Number(/^(\d+) new operation/.exec(text)?.[1] ?? 0), 0);
  expect(sum).toBe((40 * 41) / 2);
});

test('a lost connection is told, and that it is there again', async () => {
  await act(() => render(<Announcer model={model} />, root));
  await pass(6_000);
  await act(() => model.setConnection({ stream: 'live' }));
  await pass(6_000);
  await act(() => model.setConnection({ stream: 'broken' }));
  await pass(6_000);
  expect(said()).toBe('Connection lost, trying again.');
  await act(() => model.setConnection({ stream: 'live' }));
  await pass(6_000);
  expect(said()).toBe('Connected.');
});
