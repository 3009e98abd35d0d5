import { expect, test } from 'vitest';
import { readHarEntry } from './seen-response.ts';
import { cluesWith } from './server-clues.ts';

const response = (headers: Record<string, string>, cookie?: string) =>
  readHarEntry({
    startedDateTime: '2026-01-01T00:00:00.000Z',
    time: 1,
    request: {
      method: 'GET',
      url: 'http://localhost:3000/',
      headers: [
        { name: 'Host', value: 'localhost:3000' },
        ...(cookie === undefined ? [] : [{ name: 'Cookie', value: cookie }]),
      ],
    },
    response: { status: 200, headers: Object.entries(headers).map(([name, value]) => ({ name, value })) },
  })!;

test('headers and names of cookies are kept once each, and no value of a cookie is', () => {
  const first = cluesWith(
    undefined,
    response({ 'x-powered-by': 'Express', 'set-cookie': 'connect.sid=secret; Path=/' }),
  );
  const clues = cluesWith(
    first,
    response({ 'X-Powered-By': 'Express', Server: 'nginx' }, 'connect.sid=secret; theme=dark'),
  );
  expect(clues).toEqual({
    poweredBy: ['Express'],
    servers: ['nginx'],
    setCookies: ['connect.sid'],
    sentCookies: ['connect.sid', 'theme'],
  });
  expect(JSON.stringify(clues)).not.toContain('secret');
});

test('what adds nothing leaves the same object', () => {
  const clues = cluesWith(undefined, response({ server: 'uvicorn' }));
  expect(cluesWith(clues, response({ server: 'uvicorn' }))).toBe(clues);
});

test('a header is cut, and so is the number of cookies', () => {
  const many = Array.from({ length: 100 }, (_, index) => `c${index}=1`).join('; ');
  const clues = cluesWith(undefined, response({ server: 'x'.repeat(10_000) }, many));
  expect(clues.servers[0]).toHaveLength(64);
  expect(clues.sentCookies).toHaveLength(30);
});
