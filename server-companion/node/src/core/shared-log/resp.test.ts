import { expect, test } from 'vitest';
import { encodeCommand, RedisError, type Reply, ReplyReader } from './resp.ts';

/** Of every kind, nested, empty and absent. */
const BYTES = Buffer.from(
  '+OK\r\n:42\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n$6\r\nh\u00e9\r\nb\r\n' +
    '*2\r\n*2\r\n$6\r\nevents\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\ne\r\n$0\r\n\r\n:7\r\n',
);
const REPLIES = [
  'OK',
  42,
  null,
  null,
  [],
  new RedisError('ERR no'),
  'h\u00e9\r\nb',
  [['events', [['1-0', ['e', '']]]], 7],
];

test('reads the same replies, whatever the pieces in which they come', () => {
  for (let size = 1; size <= BYTES.length; size++) {
    const found: Reply[] = [];
    const reader = new ReplyReader((reply) => found.push(reply));
    for (let at = 0; at < BYTES.length; at += size) reader.feed(BYTES.subarray(at, at + size));
    expect(found).toEqual(REPLIES);
    expect(found[5]).toBeInstanceOf(RedisError);
  }
});

test.each([
  'HTTP/1.1 400 Bad Request\r\n',
  '$99999999999\r\n',
  '*1000000000\r\n',
  '$x\r\n',
  ':\r\n',
  '*1\r\n'.repeat(9),
  `+${'x'.repeat(70_000)}`,
])('refuses what is no reply of a Redis, or too large to be held: %j', (text) => {
  const reader = new ReplyReader(() => {});
  expect(() => reader.feed(Buffer.from(text))).toThrow(Error);
});

test('a command counts bytes, not characters', () => {
  expect(encodeCommand(['SET', 'k', 'h\u00e9', 7])).toBe('*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nh\u00e9\r\n$1\r\n7\r\n');
});
