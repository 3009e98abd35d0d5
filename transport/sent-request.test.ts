import { expect, test } from 'vitest';
import { sentRequest } from './sent-request.ts';

test('headers and body are kept, cookies never, credentials by name alone', () => {
  const headers = [
    { name: 'Content-Type', value: 'application/json' },
    { name: 'Cookie', value: 'connect.sid=s%3Asecret' },
    { name: 'Authorization', value: 'Bearer secret' },
  ];
  expect(sentRequest({ headers, postData: { text: '{"a":1}' } })).toEqual({
    headers: [
      { name: 'Content-Type', value: 'application/json' },
      { name: 'Authorization', value: '' },
    ],
    body: '{"a":1}',
  });
});

test('what is too large is not kept', () => {
  const headers = Array.from({ length: 100 }, (_, index) => ({ name: `x-${index}`, value: 'v'.repeat(10_000) }));
  const kept = sentRequest({ headers, postData: { text: 'x'.repeat(65_537) } });
  expect(kept.headers).toHaveLength(64);
  expect(kept.headers[0]!.value).toHaveLength(4_096);
  expect(kept.body).toBeUndefined();
});
