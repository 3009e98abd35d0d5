import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPanelModel } from '../../model/index.ts';
import { Pairing } from './Pairing.tsx';

let root: HTMLElement;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_750_000_000_000 });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

test('a code that was printed for another window has as long as the server says', async () => {
  const actions = {
    copy() {},
    beginPairing: () => Promise.resolve({ expiresInMs: 30_000 }),
    completePairing: () => Promise.reject(new Error('That is not the code.')),
  };
  const props = { model: createPanelModel(), actions, epoch: undefined, onDone() {} };
  await act(() => render(<Pairing {...props} />, root));
  const left = () => root.querySelector('#pairing-left')?.textContent;
  const press = (words: string) =>
    act(async () => {
      [...root.querySelectorAll('button')].find(({ textContent }) => textContent === words)!.click();
      await vi.advanceTimersByTimeAsync(0);
    });
  await press('Print a code in the terminal');
  expect(left()).toBe('0 of 8 · 0:30 left');
  await act(() => void vi.advanceTimersByTime(12_000));
  expect(left()).toBe('0 of 8 · 0:18 left');
  // A wrong code starts no other time.
  await act(() => {
    const field = root.querySelector<HTMLInputElement>('#pairing-code')!;
    field.value = 'WRONGONE';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await press('Pair');
  expect(left()).toBe('0 of 8 · 0:18 left');
  await act(() => void vi.advanceTimersByTime(19_000));
  expect(left()).toBe('0 of 8 · it has run out');
});
