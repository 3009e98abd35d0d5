import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel, loadDeferred } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { SessionsPanel } from './SessionsPanel.tsx';

await loadDeferred();

let root: HTMLElement;
let model: PanelModel;

beforeEach(async () => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  const recording = createRecording();
  recording.epochStarted();
  const exchange = recording.start('/live');
  exchange.load({ user: 'ada' });
  exchange.finish();
  model.receive(recording.events);
  model.scope.value = 'all';
  await act(() => render(<SessionsPanel model={model} actions={{ copy() {} }} expandValues={(all) => all} />, root));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const text = () => root.textContent ?? '';
const press = (words: string) =>
  act(() => [...root.querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === words)!.click());
const choose = async (name: string, content: string) => {
  const input = root.querySelector<HTMLInputElement>('input[type=file]')!;
  Object.defineProperty(input, 'files', { configurable: true, value: [new File([content], name)] });
  await act(async () => {
    input.dispatchEvent(new Event('change'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
};
/** A trace of one request to this path. */
function traceOf(path: string): string {
  const other = createPanelModel();
  const recording = createRecording('epoch00002');
  recording.epochStarted();
  const exchange = recording.start(path);
  exchange.load({ user: 'grace' });
  exchange.finish();
  other.receive(recording.events);
  return other.traceText();
}

test('a trace stands in place of the recording, says whose it is, and goes again', async () => {
  await choose('bug.json', traceOf('/from-the-file'));
  expect(text()).toContain('Trace bug.json, as of');
  expect(text()).toContain('No server is behind it.');
  expect(text()).toContain('/from-the-file');
  expect(text()).not.toContain('/live');

  // What comes in meanwhile is recorded.
  await act(() => {
    const more = createRecording('epoch00003');
    more.start('/meanwhile').finish();
    model.receive(more.events);
  });
  expect(text()).not.toContain('/meanwhile');

  await press('Close trace');
  expect(text()).toContain('/live');
  expect(text()).toContain('/meanwhile');
  expect(text()).not.toContain('/from-the-file');
});

test('what is typed right after the key of the filter goes into the filter', async () => {
  root.querySelector<HTMLElement>('.timeline')!.focus();
  const event = new KeyboardEvent('keydown', { key: '/', bubbles: true, cancelable: true });
  document.activeElement!.dispatchEvent(event);
  // No frame has been drawn since.
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Filter');
  expect(event.defaultPrevented).toBe(true);
  await act(() => {});
});

test.each([
  ['notes.json', '{"a":1}', 'notes.json was not opened. It is not a trace'],
  ['broken.json', '{', 'broken.json was not opened. It is not JSON.'],
  [
    'empty.json',
    '{"format":"sessionscope-trace","v":1,"savedAt":1,"seenSince":null,"events":[],"responses":[],"notes":[]}',
    'empty.json was not opened. It holds no request.',
  ],
])('%s is refused with its reason, and what was recorded stays', async (name, content, fault) => {
  await choose(name, content);
  expect(root.querySelector('[role=alert]')?.textContent).toContain(fault);
  expect(text()).toContain('/live');
  await press('Dismiss');
  expect(root.querySelector('[role=alert]')).toBeNull();
});

test('what of a file could not be read is counted where it is shown', async () => {
  const file = JSON.parse(traceOf('/a')) as { events: unknown[] };
  file.events.push({ type: 'surprise' });
  await choose('odd.json', JSON.stringify(file));
  expect(text()).toContain('1 entry could not be read.');
});
