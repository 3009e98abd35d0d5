import { render } from 'preact';
import { act } from 'preact/test-utils';
import '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPanelModel, type PanelModel } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
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
const report = () => act(() => model.receive(recording.events));
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

test('what came is announced in summary, and at most once in five seconds', async () => {
  const reported: string[] = [];
  const listen = () => {
    const text = said() ?? '';
    if (text !== '' && text !== reported.at(-1)) reported.push(text);
  };
  await act(() => render(<Announcer model={model} />, root));
  for (let turn = 1; turn <= 40; turn++) {
    // Another number each time, so that no two announcements read alike.
    request(turn);
    await report();
    listen();
    await pass(500);
    listen();
  }
  await pass(10_000);
  listen();
  // Twenty seconds of news: five announcements at most, and none of the operations left out.
  expect(reported.length).toBeGreaterThan(2);
  expect(reported.length).toBeLessThanOrEqual(6);
  const sum = reported.reduce((total, text) => total + Number(/^(\d+) new operation/.exec(text)?.[1] ?? 0), 0);
  expect(sum).toBe((40 * 41) / 2);
});

test('a connection that comes about is no news, whatever it went through', async () => {
  await act(() => render(<Announcer model={model} />, root));
  const reported = new Set<string>();
  for (const change of [{ hello: 'ok' }, { stream: 'untried' }, { stream: 'idle' }, { stream: 'live' }] as const) {
    await act(() => model.setConnection(change));
    await pass(6_000);
    reported.add(said() ?? '');
  }
  expect([...reported]).toEqual(['']);
});

test('a lost connection is announced, and that it is there again', async () => {
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
