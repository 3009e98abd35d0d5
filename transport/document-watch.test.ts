import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DocumentWatch } from './document-watch.ts';
import type { SeenResponse } from './seen-response.ts';

const documentOf = (url: string, key = url, fields: Partial<SeenResponse> = {}): SeenResponse => ({
  key,
  url,
  origin: new URL(url).origin,
  method: 'GET',
  status: 200,
  startedAt: 1,
  durationMs: 1,
  setCookies: [],
  hidesSetCookies: false,
  fromCache: false,
  resourceType: 'document',
  browser: 'chromium',
  ...fields,
});

const [A, B] = ['http://localhost/a', 'http://localhost/b'];

test('a page that no response came for was kept by the browser; each response is one navigation`s', async () => {
  const kept: string[] = [];
  const watch = new DocumentWatch({ onDocument: () => {}, onKept: ({ url }) => kept.push(url) });
  const go = async (url: string) => {
    watch.navigated(url, { at: 1, settleMs: 5 });
    await wait(20);
  };
  // Before DevTools saw anything nothing can be said.
  await go(A);
  expect(kept).toEqual([]);
  watch.see(documentOf(A, '1'));
  await go(`${A}#top`);
  // The response may come after the navigation.
  watch.navigated(B, { at: 1, settleMs: 30 });
  watch.see(documentOf(B, '2'));
  await wait(50);
  // Seen again, better known.
  watch.see(documentOf(B, '2'));
  expect(kept).toEqual([]);
  await go(A);
  expect(kept).toEqual([A]);
  watch.see(documentOf(A, '3'));
  await go(A);
  expect(kept).toEqual([A]);
});

test('a router`s change of the address names no page; a document is its navigation`s, whatever is known of it', async () => {
  const kept: string[] = [];
  const watch = new DocumentWatch({ onDocument: () => {}, onKept: ({ url }) => kept.push(url) });
  const go = async (url: string, isAnother: boolean) => {
    watch.navigated(url, { at: 1, isAnother: Promise.resolve(isAnother), settleMs: 5 });
    await wait(20);
  };
  watch.see(documentOf(A, '1'));
  // The next page was there before it could be asked.
  await go(A, false);
  watch.see(documentOf(B, '2'));
  await go(B, true);
  await go(`${B}/by-the-router`, false);
  expect(kept).toEqual([]);
  await go(A, true);
  expect(kept).toEqual([A]);
});

test('a document and its navigation meet at once, whichever came first; an address by a router brings none', async () => {
  const documents: [url: string, at: number][] = [];
  const watch = new DocumentWatch({ onDocument: ({ url, at }) => documents.push([url, at]), onKept: () => {} });
  const isAnother = Promise.resolve(false);
  watch.see(documentOf(A, '1', { startedAt: 10 }));
  watch.navigated(`${A}#top`, { at: 20, isAnother, settleMs: 5 });
  expect(documents).toEqual([[`${A}#top`, 10]]);
  watch.navigated(B, { at: 30, isAnother, settleMs: 60_000 });
  expect(documents).toHaveLength(1);
  watch.see(documentOf(B, '2', { startedAt: 25, dest: 'iframe' }));
  expect(documents).toHaveLength(1);
  watch.see(documentOf(B, '3', { startedAt: 26 }));
  expect(documents[1]).toEqual([B, 26]);
  watch.navigated(`${B}/by-the-router`, { at: 40, isAnother, settleMs: 5 });
  await wait(20);
  expect(documents).toHaveLength(2);
});

test('where no document came, the page says whether it is another one; Firefox reports no router at all', async () => {
  const documents: unknown[] = [];
  const watch = new DocumentWatch({ onDocument: (one) => documents.push(one), onKept: () => {} });
  watch.navigated(A, { at: 1, isAnother: Promise.resolve(true), settleMs: 5 });
  await wait(20);
  expect(documents).toEqual([{ url: A, at: 1 }]);
  const inFirefox = documentOf(B, '1', { browser: 'firefox' });
  delete inFirefox.resourceType;
  watch.see(inFirefox);
  watch.navigated(B, { at: 2, isAnother: Promise.resolve(false) });
  expect(documents).toEqual([
    { url: A, at: 1 },
    { url: B, at: 2 },
  ]);
});
