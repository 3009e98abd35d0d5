import { expect, test } from 'vitest';
import { checkOptions, type CompanionOptions } from './options.ts';

const good: CompanionOptions[] = [
  {},
  { path: '/__sessionscope__', allowedHosts: ['my-app.test', 'dev.local'], redact: ['favouriteColour'] },
  { path: '/dev/tools', allowedExtensions: ['abcdefghijklmnopabcdefghijklmnop'] },
  { limits: { events: 1 } },
  { limits: { events: 100_000, bytes: 64 * 1024 * 1024 } },
  { log: 'redis://127.0.0.1:6379/0' },
  { log: 'rediss://me:secret@redis.test:6380', root: '.' },
];

test.each(good)('takes %j', (options) => {
  expect(() => checkOptions(options)).not.toThrow();
});

const bad: [options: unknown, words: string][] = [
  [{ enabled: 'false' }, 'options.enabled'],
  [{ path: 'sessionscope' }, 'options.path'],
  [{ path: '//evil.test' }, 'options.path'],
  [{ path: '/a/../b' }, 'options.path'],
  [{ path: '/a?b' }, 'options.path'],
  [{ path: '/' }, 'options.path'],
  [{ path: `/${'p'.repeat(256)}` }, 'options.path'],
  [{ path: /x/ }, 'options.path'],
  [{ allowedHosts: 'my-app.test' }, 'options.allowedHosts'],
  [{ allowedHosts: ['http://my-app.test'] }, 'options.allowedHosts'],
  [{ allowedHosts: ['my-app.test:3000'] }, 'options.allowedHosts'],
  [{ allowedHosts: ['*'] }, 'options.allowedHosts'],
  [{ allowedHosts: [7] }, 'options.allowedHosts'],
  [{ allowedExtensions: ['too-short'] }, 'options.allowedExtensions'],
  [{ allowedExtensions: ['chrome-extension://abcdefghijklmnopabcdefghijklmnop'] }, 'options.allowedExtensions'],
  [{ redact: 'colour' }, 'options.redact'],
  [{ redact: [/colour/] }, 'options.redact'],
  [{ redact: ['***'] }, 'options.redact'],
  [{ limits: { events: 0 } }, 'options.limits.events'],
  [{ limits: { events: 2.5 } }, 'options.limits.events'],
  [{ limits: { events: Number.POSITIVE_INFINITY } }, 'options.limits.events'],
  [{ limits: { bytes: '8 MB' } }, 'options.limits.bytes'],
  [{ limits: 10_000 }, 'options.limits'],
  [{ log: 'localhost:6379' }, 'options.log'],
  [{ log: 'http://localhost:6379' }, 'options.log'],
  [{ log: 'redis://localhost/sessions' }, 'options.log'],
  [{ log: true }, 'options.log'],
  [{ root: '/there/is/no/such/folder' }, 'options.root'],
  [{ root: 7 }, 'options.root'],
];

test.each(bad)('refuses %j by name, with what to write', (options, words) => {
  expect(() => checkOptions(options as CompanionOptions)).toThrow(TypeError);
  expect(() => checkOptions(options as CompanionOptions)).toThrow(`sessionscope: ${words}`);
  expect(() => checkOptions(options as CompanionOptions)).toThrow(/\. (?:Write|Leave) /);
});

test('a URL that is refused is not repeated: it may hold a password', () => {
  let message = '';
  try {
    checkOptions({ log: 'redi://:canary-of-a-password@localhost' });
  } catch (error) {
    ({ message } = error as TypeError);
  }
  expect(message).toBe(
    "sessionscope: options.log is no log that can be used. Write a Redis URL such as 'redis://127.0.0.1:6379/0'.",
  );
});
