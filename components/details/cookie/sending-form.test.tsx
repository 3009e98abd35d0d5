import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel, type KeptCookie, loadDeferred } from '../../../model/index.ts';
import { createRecording } from '../../../model/recording/recording.cases.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { CookieTab } from './CookieTab.tsx';

await loadDeferred();

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => render(null, root));

const KEPT: KeptCookie = {
  name: 'sid',
  path: '/',
  domain: 'localhost',
  secure: false,
  httpOnly: true,
  sameSite: 'lax',
  expiresAt: null,
};

async function show(actions: Partial<PanelActions> = {}) {
  const recording = createRecording();
  const exchange = recording.start('/cart');
  exchange.finish();
  const model = createPanelModel();
  model.receive(recording.events);
  model.seeHarEntry({
    exchanges: [exchange.id],
    url: 'http://localhost:3000/cart',
    method: 'GET',
    status: 200,
    startedAt: 0,
    durationMs: 1,
    setCookies: [],
    fromCache: false,
    browser: 'chromium',
    pageOrigin: 'http://localhost:3000',
  });
  await act(() => render(<CookieTab model={model} actions={{ copy: () => undefined, ...actions }} />, root));
  await settle();
  return model;
}

/** What was asked for has been answered. */
const settle = () => act(() => new Promise<void>((resolve) => setTimeout(resolve)));

const words = () => root.querySelector('.sending [role=status]')?.textContent ?? '';
const set = (selector: string, value: string) =>
  act(() => {
    const field = root.querySelector<HTMLInputElement>(`.sending ${selector}`)!;
    field.value = value;
    field.dispatchEvent(new Event(field.matches('select') ? 'change' : 'input', { bubbles: true }));
  });

test('asks the jar, and answers for the request`s own URL from the inspected page', async () => {
  const asked: unknown[] = [];
  await show({ readJar: (urls, name) => Promise.resolve((asked.push([urls, name]), [KEPT])) });
  expect(asked).toEqual([[['http://localhost:3000/cart'], 'sid']]);
  expect(words()).toMatch(/Yes\..*same-site.*RFC 6265bis, 5\.2.*From the browser's jar, as it is now/);
});

test('another page, another kind, another host: the answer follows, and a cleared field has its default again', async () => {
  await show({ readJar: () => Promise.resolve([KEPT]) });
  await set('select', 'form-post');
  expect(words()).toContain('Yes');
  await set('input:last-of-type', 'http://127.0.0.1:5173/');
  expect(words()).toMatch(/No\..*same-site-lax-post.*Fix\./);
  await set('input:last-of-type', '');
  expect(words()).toContain('Yes');
  await set('input', 'http://127.0.0.1:3000/');
  await settle();
  expect(words()).toMatch(/No\..*host-only/);
});

test('what if it had been set with another SameSite', async () => {
  await show({ readJar: () => Promise.resolve([KEPT]) });
  await set('select', 'form-post');
  await set('input:last-of-type', 'http://127.0.0.1:5173/');
  expect(words()).toMatch(/No\..*same-site-lax-post/);
  await set('select:last-of-type', 'none');
  expect(words()).toMatch(/Yes\..*same-site-none.*What if: as though it had been set with SameSite=None; Secure\./);
});

test('until the jar has answered for another URL, what it held for the one before decides nothing', async () => {
  await show({
    readJar: (urls) => (urls.length === 1 ? Promise.resolve([KEPT]) : new Promise(() => undefined)),
  });
  expect(words()).toContain('Yes');
  await set('input', 'http://127.0.0.1:3000/');
  await settle();
  expect(words()).toMatch(/Not known\./);
});

test('a cookie that changes in the jar is asked for again', async () => {
  let jar: KeptCookie[] = [];
  const model = await show({ readJar: () => Promise.resolve(jar) });
  expect(words()).toMatch(/No\..*There is no sid to send/);
  jar = [KEPT];
  await act(() => model.noteCookieChange({ at: 1, cookie: KEPT, removed: false, cause: 'explicit' }));
  await settle();
  expect(words()).toMatch(/Yes/);
});

test('where nobody can ask the jar, and it can`t be read, the answer is not known', async () => {
  await show();
  expect(words()).toMatch(/Not known\..*not-read/);
  await show({ readJar: () => Promise.reject(new Error('closed')) });
  expect(words()).toMatch(/Not known\..*not-read/);
});
