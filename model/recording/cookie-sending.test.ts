import { describe, expect, test } from 'vitest';
import { cookieOfHeader, type HeaderReception } from './assumed-cookie.ts';
import { sendingOf } from './cookie-sending.ts';
import type { FutureRequest, SendableCookie } from './future-request.ts';

const NOW = 1_000_000;
const PAGE = 'http://localhost:5173/';
const COOKIE: SendableCookie = {
  name: 'sid',
  path: '/',
  domain: 'localhost',
  secure: false,
  httpOnly: true,
  expiresAt: null,
};

function ask(cookie: Partial<SendableCookie>, request: Partial<FutureRequest>) {
  const asked = { url: 'http://localhost:3000/cart', kind: 'link', page: PAGE, browser: 'chromium', at: NOW } as const;
  return sendingOf({ ...COOKIE, ...cookie }, { ...asked, ...request });
}

type Row = [
  what: string,
  cookie: Partial<SendableCookie>,
  request: Partial<FutureRequest>,
  answer: string,
  rule: string,
];

const EXAMPLE = { domain: 'www.example.com' };
const FROM_EXAMPLE = { page: 'https://www.example.com/', url: 'https://www.example.com/' };
const OTHER_SITE = { page: 'http://127.0.0.1:5173/' };
const BELOW = { sameSite: 'none', secure: true, partition: 'http://127.0.0.1' } as const;

describe('whether a cookie will be sent', () => {
  test.each<Row>([
    ['its own page', {}, { page: 'http://localhost:3000/' }, 'yes', 'same-site'],
    ['another port', { sameSite: 'strict' }, { kind: 'form-post' }, 'yes', 'same-site'],
    ['an address that is typed', { sameSite: 'strict' }, { kind: 'typed', page: undefined }, 'yes', 'typed'],
    ['over by then', { expiresAt: NOW }, {}, 'no', 'expired'],
    ['still there', { expiresAt: NOW + 1 }, {}, 'yes', 'same-site'],
    // Domain and host-only (5.1.3).
    ['host-only, another host', {}, { url: 'http://127.0.0.1:3000/' }, 'no', 'host-only'],
    ['host-only, a name below', EXAMPLE, { ...FROM_EXAMPLE, url: 'https://a.www.example.com/' }, 'no', 'host-only'],
    ['Domain, a name below', { domain: '.example.com' }, FROM_EXAMPLE, 'yes', 'same-site'],
    [
      'Domain, itself',
      { domain: '.example.com' },
      { ...FROM_EXAMPLE, url: 'https://example.com/' },
      'yes',
      'same-site',
    ],
    ['Domain, the same end', { domain: '.ample.com' }, FROM_EXAMPLE, 'no', 'domain'],
    ['Domain, an address', { domain: '.0.0.1' }, { url: 'http://127.0.0.1/' }, 'no', 'domain'],
    // Path (5.1.4).
    ['the path itself', { path: '/cart' }, {}, 'yes', 'same-site'],
    ['a path below', { path: '/cart' }, { url: 'http://localhost/cart/1?x=/' }, 'yes', 'same-site'],
    ['a path that begins the same', { path: '/cart' }, { url: 'http://localhost/carts' }, 'no', 'path'],
    ['a path with a slash, without it', { path: '/cart/' }, { url: 'http://localhost/cart' }, 'no', 'path'],
    // Secure.
    ['Secure to localhost', { secure: true }, {}, 'yes', 'same-site'],
    [
      'Secure to 127.0.0.1',
      { secure: true, domain: '127.0.0.1' },
      { ...OTHER_SITE, url: 'http://127.0.0.1/' },
      'yes',
      'same-site',
    ],
    ['Secure over https', { ...EXAMPLE, secure: true }, FROM_EXAMPLE, 'yes', 'same-site'],
    [
      'Secure over http',
      { ...EXAMPLE, secure: true },
      { kind: 'typed', url: 'http://www.example.com/' },
      'no',
      'secure-over-http',
    ],
    // Credentials.
    ['fetch to its own origin', {}, { kind: 'fetch', page: 'http://localhost:3000/' }, 'yes', 'same-site'],
    ['fetch to another port', {}, { kind: 'fetch' }, 'no', 'credentials'],
    ['fetch to another port, include', {}, { kind: 'fetch-include' }, 'yes', 'same-site'],
    ['fetch, omit', {}, { kind: 'fetch-omit', page: 'http://localhost:3000/' }, 'no', 'credentials'],
    [
      'the default port, written',
      EXAMPLE,
      { ...FROM_EXAMPLE, kind: 'fetch', url: 'https://www.example.com:443/' },
      'yes',
      'same-site',
    ],
    // SameSite, across sites.
    ['Strict, a link', { sameSite: 'strict' }, OTHER_SITE, 'no', 'same-site-strict'],
    ['Strict, a frame', { sameSite: 'strict' }, { ...OTHER_SITE, kind: 'frame' }, 'no', 'same-site-strict'],
    ['Lax, a link', { sameSite: 'lax' }, OTHER_SITE, 'yes', 'same-site-lax-link'],
    ['Lax, a POST', { sameSite: 'lax' }, { ...OTHER_SITE, kind: 'form-post' }, 'no', 'same-site-lax-post'],
    ['Lax, a fetch', { sameSite: 'lax' }, { ...OTHER_SITE, kind: 'fetch-include' }, 'no', 'same-site-lax'],
    [
      'Lax, a frame in Firefox',
      { sameSite: 'lax' },
      { ...OTHER_SITE, kind: 'frame', browser: 'firefox' },
      'no',
      'same-site-lax',
    ],
    ['None, a POST', { sameSite: 'none', secure: true }, { ...OTHER_SITE, kind: 'form-post' }, 'yes', 'same-site-none'],
    [
      'None, an image',
      { sameSite: 'none', secure: true },
      { ...OTHER_SITE, kind: 'image' },
      'unknown',
      'third-party-setting',
    ],
    [
      'None, an image in Firefox',
      { sameSite: 'none', secure: true },
      { ...OTHER_SITE, kind: 'image', browser: 'firefox' },
      'no',
      'firefox-partitioning',
    ],
    ['absent, a link', {}, OTHER_SITE, 'yes', 'same-site-lax-link'],
    ['absent, a frame', {}, { ...OTHER_SITE, kind: 'frame' }, 'no', 'same-site-lax'],
    [
      'absent, a POST in Firefox',
      {},
      { ...OTHER_SITE, kind: 'form-post', browser: 'firefox' },
      'yes',
      'same-site-absent-firefox',
    ],
    // Two minutes in which Chromium lets a POST have it.
    ['absent, a POST, age not known', {}, { ...OTHER_SITE, kind: 'form-post' }, 'unknown', 'same-site-lax-post-young'],
    [
      'absent, a POST, young',
      { createdFrom: NOW - 120_000 },
      { ...OTHER_SITE, kind: 'form-post' },
      'yes',
      'same-site-lax-post-young',
    ],
    [
      'absent, a POST, old',
      { createdTo: NOW - 120_001 },
      { ...OTHER_SITE, kind: 'form-post' },
      'no',
      'same-site-lax-post-young',
    ],
    [
      'absent, a POST, set again',
      { createdFrom: NOW - 130_000, createdTo: NOW },
      { ...OTHER_SITE, kind: 'form-post' },
      'unknown',
      'same-site-lax-post-young',
    ],
    // What counts as one site.
    ['http and https in Chromium', { sameSite: 'strict' }, { page: 'https://localhost/' }, 'no', 'same-site-strict'],
    [
      'http and https in Firefox',
      { sameSite: 'strict' },
      { page: 'https://localhost/', browser: 'firefox' },
      'unknown',
      'site-not-known',
    ],
    [
      'two names of a public ending',
      { ...EXAMPLE, sameSite: 'lax' },
      { ...FROM_EXAMPLE, page: 'https://shop.example.com/', kind: 'frame' },
      'unknown',
      'site-not-known',
    ],
    [
      'the same, where both answers are one',
      { ...EXAMPLE, sameSite: 'lax' },
      { ...FROM_EXAMPLE, page: 'https://shop.example.com/' },
      'yes',
      'same-site-lax-link',
    ],
    [
      'the same, with Domain',
      { domain: '.example.com', sameSite: 'lax' },
      { ...FROM_EXAMPLE, page: 'https://shop.example.com/', kind: 'frame' },
      'yes',
      'same-site',
    ],
    [
      'names that differ before the ending',
      { ...EXAMPLE, sameSite: 'lax' },
      { ...FROM_EXAMPLE, page: 'https://www.other.com/', kind: 'frame' },
      'no',
      'same-site-lax',
    ],
    [
      'names of one registered name below .test',
      { domain: 'api.shop.test', sameSite: 'strict' },
      { page: 'http://shop.test/', url: 'http://api.shop.test/' },
      'yes',
      'same-site',
    ],
    [
      'two names below localhost',
      { domain: 'a.localhost', sameSite: 'strict' },
      { page: 'http://b.localhost/', url: 'http://a.localhost/' },
      'no',
      'same-site-strict',
    ],
    // Partitions.
    ['below its page', BELOW, { ...OTHER_SITE, kind: 'frame' }, 'yes', 'partitioned'],
    ['below another page', BELOW, { page: 'http://shop.test/', kind: 'frame' }, 'no', 'partition'],
    ['in a tab of its own', BELOW, { kind: 'typed' }, 'no', 'partition'],
    [
      'given to the page itself',
      { ...BELOW, hasForeignAncestor: false },
      { ...OTHER_SITE, kind: 'frame' },
      'no',
      'partition-ancestry',
    ],
    [
      'given across sites',
      { ...BELOW, hasForeignAncestor: true },
      { ...OTHER_SITE, kind: 'fetch-include' },
      'yes',
      'partitioned',
    ],
    // What is not there.
    ['no whole URL', {}, { url: '/cart' }, 'unknown', 'no-url'],
    ['no page', {}, { page: 'about:blank' }, 'unknown', 'no-page'],
    [
      'no browser, and both do the same',
      { sameSite: 'strict' },
      { ...OTHER_SITE, browser: undefined },
      'no',
      'same-site-strict',
    ],
    [
      'no browser, and they differ',
      { createdTo: 0 },
      { ...OTHER_SITE, kind: 'form-post', browser: undefined },
      'unknown',
      'browsers-differ',
    ],
  ])('%s', (_what, cookie, request, answer, rule) => {
    expect(ask(cookie, request)).toMatchObject({ answer, rule });
  });

  test('a no says what to change, and each rule where it is written', () => {
    expect(ask({}, { url: 'http://127.0.0.1:3000/' })).toEqual({
      answer: 'no',
      rule: 'host-only',
      text: 'The cookie was set without Domain: it goes to localhost alone, and not to 127.0.0.1. They are one machine, and two hosts and two sites to a browser.',
      fix: 'Open the page and call the server by one host: all localhost, or all 127.0.0.1.',
      reference: {
        text: 'RFC 6265bis, 5.1.3',
        url: 'https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-20#section-5.1.3',
      },
    });
    expect(ask({}, {}).text).toContain('Cookies ignore ports.');
  });
});

describe('what a header makes of a cookie', () => {
  const made = (attributes: string, reception: Partial<HeaderReception> = {}) =>
    cookieOfHeader(
      { name: 'sid', valueLength: 1, attributes },
      { url: 'http://localhost:3000/shop/cart?x=/y', at: NOW, ...reception },
    );

  test.each([
    ['', { path: '/shop', domain: 'localhost', secure: false, expiresAt: null }],
    ['; Path=/; Domain=localhost', { path: '/', domain: 'localhost' }],
    ['; Path=nowhere', { path: '/shop' }],
    ['; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', { expiresAt: NOW + 60_000 }],
    ['; Max-Age=0', undefined],
    ['; Expires=Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ])('%j', (attributes, cookie) => {
    const found = made(attributes);
    if (cookie === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(cookie);
  });

  test('a Domain of more than one label, and of an address', () => {
    expect(made('; Domain=.Shop.test', { url: 'http://a.shop.test/' })?.domain).toBe('.shop.test');
    expect(made('; Domain=127.0.0.1', { url: 'http://127.0.0.1/' })?.domain).toBe('127.0.0.1');
  });

  test('what is set across sites is kept below the page: in Firefox each, in Chromium one that is Partitioned', () => {
    const across = { site: 'cross-site', dest: 'iframe', pageOrigin: 'http://127.0.0.1:5173' };
    expect(made('', { ...across, browser: 'firefox' })?.partition).toBe('http://127.0.0.1');
    expect(made('', { ...across, browser: 'chromium' })?.partition).toBeUndefined();
    expect(made('; Secure; Partitioned', { ...across, browser: 'chromium' })).toMatchObject({
      partition: 'http://127.0.0.1',
      hasForeignAncestor: true,
    });
    expect(made('; Secure; Partitioned', { dest: 'document', browser: 'chromium' })).toMatchObject({
      partition: 'http://localhost',
      hasForeignAncestor: false,
    });
  });
});
