import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel, loadDeferred } from '../../../model/index.ts';
import { ALICE, createRecording } from '../../../model/recording/recording.cases.ts';
import { CookieTab } from './CookieTab.tsx';

await loadDeferred();

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

const SETTINGS = { resave: 'false', rolling: 'false', saveUninitialized: 'false', 'cookie.maxAge': '60000' };

/** Requests that only read their session. */
async function show({ requests = 2, library = 'express-session' } = {}) {
  const recording = createRecording();
  recording.epochStarted({
    middlewares: [
      { library, libraryVersion: '1.19.0', cookieNames: ['sid'], store: 'MemoryStore', settings: SETTINGS },
    ],
  });
  for (let count = 0; count < requests; count++) {
    const exchange = recording.start('/cart', { session: ALICE });
    exchange.load({ user: 'alice' }, { session: ALICE, outcome: 'found', keys: 1, actor: 'framework' });
    exchange.finish({
      sessionAfter: ALICE,
      verdict: { record: { outcome: 'touched', reason: 'unmodified' }, cookie: { outcome: 'none', reason: 'kept' } },
    });
  }
  const model = createPanelModel();
  model.receive(recording.events);
  await act(() => render(<CookieTab model={model} actions={{ copy: () => undefined }} />, root));
  return model;
}

const words = () => root.querySelector('.what-if [role=status]')?.textContent ?? '';
const choose = (index: number, value: string) =>
  act(() => {
    const select = root.querySelectorAll<HTMLSelectElement>('.what-if select')[index]!;
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
const write = (value: string) =>
  act(() => {
    const input = root.querySelector<HTMLInputElement>('.what-if input')!;
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });

test('each setting has its field, with its value as it is; another value is answered for every request', async () => {
  const model = await show();
  expect([...root.querySelectorAll('.what-if label')].map((label) => label.textContent)).toEqual([
    'resave',
    'rolling',
    'saveUninitialized',
    'cookie.maxAge ms',
  ]);
  expect(words()).toContain('Choose another value');
  await choose(0, 'true');
  expect(words()).toMatch(/Of 2 requests, 2 are known to come out differently.*Record: touched would be → saved\./);
  expect(words()).toContain('resave: true');
  await act(() => root.querySelector<HTMLButtonElement>('.what-if li button')!.click());
  expect(model.cursor.value?.exchange.number).toBe(1);
  await choose(0, '');
  expect(words()).toContain('Choose another value');
});

test('what can`t be read is said at its field, and asks nothing', async () => {
  await show();
  await write('soon');
  expect(root.querySelector('.what-if form')!.textContent).toContain('Write a whole number of ms, or none.');
  expect(root.querySelector('.what-if input')!.getAttribute('aria-invalid')).toBe('true');
  expect(words()).toContain('Choose another value');
  await write('none');
  expect(root.querySelector('.what-if [aria-invalid=true]')).toBeNull();
  expect(words()).toContain('Of 2 requests');
});

test('a long list is cut, and the rest is one click away', async () => {
  await show({ requests: 25 });
  await choose(0, 'true');
  expect(root.querySelectorAll('.what-if li')).toHaveLength(20);
  const more = [...root.querySelectorAll<HTMLButtonElement>('.what-if button')].find(
    ({ textContent }) => textContent === '5 more',
  )!;
  await act(() => more.click());
  expect(root.querySelectorAll('.what-if li')).toHaveLength(25);
});

test('a library of which no rule is known here has no such question', async () => {
  await show({ library: 'cookie-session' });
  expect(root.querySelector('.what-if')).toBeNull();
});
