import { expect, test } from 'vitest';
import { ImproperlyConfigured } from './errors.ts';
import { createSessions } from './sessions.ts';
import { readSettings, type SessionsOptions } from './settings.ts';

test("the defaults are Django's", () => {
  expect(readSettings({ secretKey: 'x' })).toMatchObject({
    engine: 'db',
    cookieName: 'sessionid',
    cookieAge: 1_209_600,
    cookieDomain: undefined,
    cookiePath: '/',
    cookieSecure: false,
    cookieHttpOnly: true,
    cookieSameSite: 'Lax',
    saveEveryRequest: false,
    expireAtBrowserClose: false,
  });
});

test.each<[string, object, string]>([
  ['no options', undefined as unknown as object, 'secretKey is missing'],
  ['no secret', {}, 'write the SECRET_KEY of the Django project'],
  ['an empty secret', { secretKey: '' }, 'secretKey'],
  ['a fallback that is no text', { secretKey: 'x', secretKeyFallbacks: [1] }, 'secretKeyFallbacks'],
  ['an unknown engine', { secretKey: 'x', engine: 'memcached' }, 'db, cache, cached_db, file, signed_cookies'],
  ['a cookie name with a space', { secretKey: 'x', cookieName: 'my session' }, 'cookieName'],
  ['a cookie name that is a header', { secretKey: 'x', cookieName: 'a\r\nb' }, 'cookieName'],
  ['half a second', { secretKey: 'x', cookieAge: 0.5 }, 'cookieAge'],
  ['a path that ends the cookie', { secretKey: 'x', cookiePath: '/; Secure' }, 'cookiePath'],
  ['a domain with a line break', { secretKey: 'x', cookieDomain: 'a\nb' }, 'cookieDomain'],
  ['an unknown SameSite', { secretKey: 'x', cookieSameSite: 'lax' }, "'Lax', 'Strict', 'None', false"],
  ['an unknown zone', { secretKey: 'x', timeZone: 'Mars/Olympus' }, 'Mars/Olympus'],
  ['a cache version that is no number', { secretKey: 'x', cache: { version: Number.NaN } }, 'cache.version'],
  ['a folder that is none', { secretKey: 'x', engine: 'file', filePath: '/nowhere/at/all' }, '/nowhere/at/all'],
])('%s is told before anything runs', (_name, options, message) => {
  const make = () => createSessions(options as SessionsOptions);
  expect(make).toThrow(ImproperlyConfigured);
  expect(make).toThrow(message);
});

test('a request without the middleware says so', () => {
  const sessions = createSessions({ secretKey: 'x', engine: 'signed_cookies' });
  expect(() => sessions.of({})).toThrow('mount the session middleware before the code that asks for it');
});
