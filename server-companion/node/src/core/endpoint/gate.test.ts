import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGateRules, isAllowedHost, extensionOf, isLoopback } from './gate.ts';

const rules = createGateRules(['dev.test'], ['abcdefghijklmnopabcdefghijklmnop']);

/** Pieces that hosts, and what passes for hosts, are made of. */
const piece = fc.constantFrom(
  ...'localhost|127.0.0.1|[::1]|dev.test|evil.test|.|:|@|/|\\|#|?|%2e|%00|[|]|80|65536|0|-|_| |\t|\u3002|\u00ad|ⅼ|l|LOCAL|host|xn--|0x7f|::ffff:'.split(
    '|',
  ),
);
const hostLike = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.webAuthority({ withIPv4: true, withIPv6: true, withPort: true, withUserInfo: true }),
);

test('whatever is let in as a Host is, to a browser too, one of ours and nothing else', () => {
  let letIn = 0;
  fc.assert(
    fc.property(hostLike, (host) => {
      if (!isAllowedHost(host, rules)) return;
      letIn += 1;
      const url = new URL(`http://${host}/`);
      expect(url.hostname).toMatch(/^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127\.0\.0\.1|\[::1\]|dev\.test)$/);
      expect([url.username, url.password, url.pathname, url.search, url.hash]).toEqual(['', '', '/', '', '']);
    }),
    { numRuns: 20_000 },
  );
  expect(letIn).toBeGreaterThan(100);
});

test('a Host is compared in time that grows with its length alone', () => {
  for (const host of [
    `${'a.'.repeat(8_000)}!`,
    `${'a-'.repeat(8_000)}.`,
    `[${':'.repeat(16_000)}`,
    `${'1'.repeat(16_000)}:`,
  ])
    expect(isAllowedHost(host, rules)).toBe(false);
});

test('only origins of extensions pass, and only those that are named, or of Firefox, are known', () => {
  const origin = fc.oneof(
    fc.webUrl().map((url) => new URL(url).origin),
    fc
      .tuple(fc.constantFrom('chrome-extension://', 'moz-extension://', 'http://', ''), fc.string({ maxLength: 40 }))
      .map((parts) => parts.join('')),
    fc.stringMatching(/^chrome-extension:\/\/[a-p]{32}$/),
  );
  fc.assert(
    fc.property(origin, (text) => {
      const isKnown =
        text === 'chrome-extension://abcdefghijklmnopabcdefghijklmnop' ||
        /^moz-extension:\/\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
      const isExtension = isKnown || /^chrome-extension:\/\/[a-p]{32}$/.test(text);
      expect(extensionOf(text, rules)).toBe(isKnown ? 'known' : isExtension ? 'unknown' : undefined);
    }),
  );
});

test('loopback is 127.0.0.0/8, also mapped into IPv6, and ::1', () => {
  for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) expect(isLoopback(address)).toBe(true);
  for (const address of [
    undefined,
    '',
    '10.0.0.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.evil',
    'fe80::1',
  ])
    expect(isLoopback(address)).toBe(false);
});
