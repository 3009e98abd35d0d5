import { expect, test } from 'vitest';
import { readRequestUrl } from './request-url.ts';

test.each([
  ['http://localhost:3000/shop?a=1#x', { isSecure: false, host: 'localhost:3000', target: '/shop?a=1' }],
  ['https://shop.test', { isSecure: true, host: 'shop.test', target: '/' }],
  ['HTTPS://shop.test?a', { isSecure: true, host: 'shop.test', target: '/?a' }],
  // No URL to the platform: a Host that is not an address.
  ['http://256.256.256.256/cart', { isSecure: false, host: '256.256.256.256', target: '/cart' }],
  ['http://[::/cart', { isSecure: false, host: '[::', target: '/cart' }],
  ['nonsense', { isSecure: false, host: '', target: '/' }],
])('%s', (url, parts) => {
  expect(readRequestUrl(url)).toEqual(parts);
});
