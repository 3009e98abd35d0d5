import { expect, test } from 'vitest';
import { dbEngine } from './engines/db.ts';
import { ImproperlyConfigured } from './errors.ts';
import { createSessions } from './sessions.ts';
import type { SessionsOptions } from './sessions.ts';

test("the defaults are Django's", () => {
  expect(createSessions({ secretKey: 'x' }).settings).toMatchObject({
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
  ['a fallback that is not a string', { secretKey: 'x', secretKeyFallbacks: [1] }, 'secretKeyFallbacks'],
  ['an unknown engine', { secretKey: 'x', engine: 'memcached' }, 'db, cache, cached_db, file, signed_cookies'],
  ['a cookie name with a space', { secretKey: 'x', cookieName: 'my session' }, 'cookieName'],
  ['a cookie name that is a header', { secretKey: 'x', cookieName: 'a\r\nb' }, 'cookieName'],
  ['half a second', { secretKey: 'x', cookieAge: 0.5 }, 'cookieAge'],
  ['a path that ends the cookie', { secretKey: 'x', cookiePath: '/; Secure' }, 'cookiePath'],
  ['a domain with a line break', { secretKey: 'x', cookieDomain: 'a\nb' }, 'cookieDomain'],
  ['an unknown SameSite', { secretKey: 'x', cookieSameSite: 'lax' }, "'Lax', 'Strict', 'None' or false"],
  ['an unknown zone', { secretKey: 'x', timeZone: 'Mars/Olympus' }, 'Mars/Olympus'],
  [
    'a cache version that is not a number',
    { secretKey: 'x', engine: 'cache', cache: { version: Number.NaN } },
    'cache.version',
  ],
  ['a cache of another kind', { secretKey: 'x', engine: 'cache', cache: { url: 'memcached://x' } }, 'names memcached'],
  ['a cache that is no URL', { secretKey: 'x', engine: 'cache', cache: { url: '127.0.0.1' } }, 'is not a URL'],
  ['an engine that is none', { secretKey: 'x', engine: {} }, 'must be one of db, cache, cached_db'],
  [
    'an option of another engine',
    { secretKey: 'x', engine: dbEngine(), database: 'x' },
    'database belongs to the engine',
  ],
  ['a table that is SQL', { secretKey: 'x', engine: dbEngine({ table: 'a; drop table b' }) }, 'not a name of a table'],
  ['a column that is SQL', { secretKey: 'x', engine: dbEngine({ columns: { 'a b': { type: 'int' } } }) }, '"a b"'],
  [
    "a column of Django's",
    { secretKey: 'x', engine: dbEngine({ columns: { expire_date: { type: 'int' } } }) },
    'expire',
  ],
  ['a type that is SQL', { secretKey: 'x', engine: dbEngine({ columns: { a: { type: 'int); drop' } } }) }, 'column a'],
  ['a folder that is none', { secretKey: 'x', engine: 'file', filePath: '/nowhere/at/all' }, '/nowhere/at/all'],
])('%s is reported before anything runs', (_name, options, message) => {
  const make = () => createSessions(options as SessionsOptions);
  expect(make).toThrow(ImproperlyConfigured);
  expect(make).toThrow(message);
});

test('a request without the middleware says so', () => {
  const sessions = createSessions({ secretKey: 'x', engine: 'signed_cookies' });
  expect(() => sessions.of({})).toThrow('mount the session middleware before the code that asks for it');
});
