import { expect, test } from 'vitest';
import { urlOrigin } from './url-origin.ts';

test.each([
  'http://localhost:3000/cart?x=1',
  'https://shop.test',
  'http://[::1]:3000/',
  'http://127.0.0.1:80/x',
  'http://user:pw@shop.test/x',
  'HTTP://SHOP.test/X',
  'http://shop.test?x=http://other.test/',
])('%s is read as the browser reads it', (url) => {
  const { protocol, hostname, host } = new URL(url);
  expect(urlOrigin(url)).toEqual({ protocol, hostname, origin: `${protocol}//${host}` });
});

test.each(['file:///x', 'about:blank', 'chrome-extension://abc/x', '', 'http://'])('%s has none', (url) => {
  expect(urlOrigin(url)).toBeUndefined();
});
