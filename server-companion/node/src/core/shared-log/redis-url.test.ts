import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

const plain = { isTls: false, checksCertificate: true, username: undefined, password: undefined, database: 0 };

test.each([
  ['redis://127.0.0.1:6379/0', { ...plain, host: '127.0.0.1', port: 6379 }],
  ['redis://localhost', { ...plain, host: 'localhost', port: 6379 }],
  ['redis://', { ...plain, host: 'localhost', port: 6379 }],
  ['redis://[::1]:7000/3', { ...plain, host: '::1', port: 7000, database: 3 }],
  ['redis://host/1?db=2', { ...plain, host: 'host', port: 6379, database: 2 }],
  ['redis://:p%40ss@host', { ...plain, host: 'host', port: 6379, password: 'p@ss' }],
  ['redis://me:secret@host', { ...plain, host: 'host', port: 6379, username: 'me', password: 'secret' }],
  ['rediss://host:6380', { ...plain, host: 'host', port: 6380, isTls: true }],
  ['rediss://host?ssl_cert_reqs=none', { ...plain, host: 'host', port: 6379, isTls: true, checksCertificate: false }],
  ['unix:///run/redis.sock?db=1', { ...plain, path: '/run/redis.sock', database: 1 }],
])('reads %s', (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each([
  '',
  'localhost:6379',
  'http://localhost',
  'redis://host/zero',
  'redis://host/-1',
  'redis://:%ff@host',
  'unix://',
])('takes %j for no Redis', (url) => {
  expect(parseRedisUrl(url)).toBeUndefined();
});
