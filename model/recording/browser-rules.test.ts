import { expect, test } from 'vitest';
import { attributesOf, isPathCovered, type Reception, refusalOf } from './browser-rules.ts';

const LOCAL = 'http://localhost:3000/login';

test.each<[string, string, Partial<Reception>, string | undefined]>([
  ['', 'a plain one', {}, undefined],
  ['; Path=/; HttpOnly; SameSite=Lax', 'what libraries send', {}, undefined],
  ['; SameSite=None', 'None without Secure', {}, 'none-without-secure'],
  ['; SameSite=None', 'None without Secure in Firefox', { browser: 'firefox' }, 'none-without-secure'],
  ['; SameSite=None; Secure', 'None with Secure', { site: 'cross-site', dest: 'empty' }, undefined],
  ['; Secure', 'Secure on localhost over http', {}, undefined],
  ['; Secure', 'Secure on 127.0.0.1 over http', { url: 'http://127.0.0.1:3000/' }, undefined],
  ['; Secure', 'Secure over http', { url: 'http://shop.test/' }, 'secure-over-http'],
  ['; Secure', 'Secure over https', { url: 'https://shop.test/' }, undefined],
  ['; Domain=other.test', 'a foreign Domain', { url: 'https://shop.test/' }, 'domain-mismatch'],
  ['; Domain=.shop.test', 'the own Domain', { url: 'https://www.shop.test/' }, undefined],
  ['; Domain=hop.test', 'a Domain that only ends the same', { url: 'https://shop.test/' }, 'domain-mismatch'],
  ['; Domain=test', 'a whole top-level domain', { url: 'https://shop.test/' }, 'domain-mismatch'],
  ['; Domain=0.0.1', 'part of an address', { url: 'http://127.0.0.1/' }, 'domain-mismatch'],
  ['; Domain=localhost', 'the own host', {}, undefined],
  ['; Partitioned', 'Partitioned without Secure', {}, 'partitioned-without-secure'],
  ['; SameSite=Lax', 'Lax in a cross-site fetch', { site: 'cross-site', dest: 'empty' }, 'same-site-in-cross-site'],
  ['', 'nothing said, in a cross-site iframe', { site: 'cross-site', dest: 'iframe' }, 'same-site-in-cross-site'],
  ['', 'the same in Firefox', { site: 'cross-site', dest: 'iframe', browser: 'firefox' }, undefined],
  ['; SameSite=Strict', 'Strict in a cross-site navigation', { site: 'cross-site', dest: 'document' }, undefined],
  ['; SameSite=Lax', 'Lax in a same-site fetch', { site: 'same-site', dest: 'empty' }, undefined],
])('%j: %s', (attributes, _what, reception, rule) => {
  const line = { name: 'sid', valueLength: 40, attributes };
  expect(refusalOf(line, { url: LOCAL, browser: 'chromium', ...reception })?.rule).toBe(rule);
});

test('4,096 bytes of name and value are taken, one more is not', () => {
  const line = (valueLength: number) => ({ name: 'sid', valueLength, attributes: '' });
  expect(refusalOf(line(4_093), { url: LOCAL })).toBeUndefined();
  expect(refusalOf(line(4_094), { url: LOCAL })?.rule).toBe('too-large');
});

test.each([
  ['__Host-sid', '; Secure; Path=/', undefined],
  ['__Host-sid', '; Secure; Path=/admin', 'host-prefix'],
  ['__Host-sid', '; Path=/', 'host-prefix'],
  ['__Host-sid', '; Secure; Path=/; Domain=localhost', 'host-prefix'],
  ['__Secure-sid', '', 'secure-prefix'],
])('%s%s', (name, attributes, rule) => {
  expect(refusalOf({ name, valueLength: 1, attributes }, { url: LOCAL })?.rule).toBe(rule);
});

test('attributes are read as a browser reads them', () => {
  expect(
    attributesOf('; path=/a; Path=/b; MAX-AGE=60; expires=Thu, 01 Jan 1970 00:00:01 GMT; samesite=LAX; x=y'),
  ).toEqual({
    path: '/b',
    maxAge: 60,
    expiresAt: 1_000,
    sameSite: 'lax',
    secure: false,
    httpOnly: false,
    partitioned: false,
  });
  expect(attributesOf('')).toEqual({ secure: false, httpOnly: false, partitioned: false });
});

test.each([
  ['/', '/cart', true],
  ['/admin', '/admin', true],
  ['/admin', '/admin/users', true],
  ['/admin/', '/admin/users', true],
  ['/admin', '/administrator', false],
  ['/admin', '/', false],
])('a cookie of %s with a request to %s: %s', (cookie, request, expected) => {
  expect(isPathCovered(cookie, request)).toBe(expected);
});
