import { expect, test } from 'vitest';
import { SNIPPETS } from '../../protocol/snippets.ts';
import { inferSnippet, NO_CLUES, type ServerClues } from './inferred-snippet.ts';

const infer = (clues: Partial<ServerClues>) => inferSnippet({ ...NO_CLUES, ...clues });

test.each([
  ['express', { poweredBy: ['Express'] }],
  ['express', { poweredBy: ['Express'], setCookies: ['connect.sid'] }],
  ['cookie-session', { poweredBy: ['Express'], setCookies: ['session', 'session.sig'] }],
  ['cookie-session', { sentCookies: ['express:sess', 'express:sess.sig'] }],
  ['next', { poweredBy: ['Next.js'] }],
  ['nuxt', { poweredBy: ['Nuxt'], setCookies: ['h3'] }],
  ['h3', { setCookies: ['h3'] }],
  ['koa-session', { setCookies: ['koa.sess', 'koa.sess.sig'] }],
  ['fastify-session', { setCookies: ['sessionId'] }],
  ['react-router', { setCookies: ['__session'] }],
  ['django', { servers: ['WSGIServer/0.2 CPython/3.11.2'] }],
  ['django', { servers: ['uvicorn'], setCookies: ['csrftoken', 'sessionid'] }],
  ['starlette', { servers: ['uvicorn'], setCookies: ['session'] }],
  ['quart', { servers: ['hypercorn-h11'] }],
  ['flask', { servers: ['Werkzeug/3.1.3 Python/3.11.2'], setCookies: ['session'] }],
  ['flask', { servers: ['gunicorn'], setCookies: ['session'] }],
  // Left by another server of this host: a cookie knows no port.
  ['django', { servers: ['WSGIServer/0.2 CPython/3.11.2'], sentCookies: ['connect.sid'] }],
  ['koa-session', { setCookies: ['koa.sess'], sentCookies: ['connect.sid'] }],
] as const)('%s: %j', (id, clues) => {
  const inferred = infer(clues);
  expect(inferred?.snippet?.id).toBe(id);
  expect(inferred?.because).toMatch(/, inferred from (?:the cookie|X-Powered-By|Server)/);
});

test.each([
  ['Auth.js', { sentCookies: ['__Secure-authjs.session-token.0'] }],
  ['Auth.js', { poweredBy: ['Next.js'], sentCookies: ['next-auth.session-token'] }],
  ['express-openid-connect', { poweredBy: ['Express'], setCookies: ['appSession'] }],
  ['nuxt-auth-utils', { poweredBy: ['Nuxt'], setCookies: ['nuxt-session'] }],
  ['PHP', { poweredBy: ['PHP/8.3.0'] }],
] as const)('%s has no companion, and that is said: %j', (name, clues) => {
  const inferred = infer(clues);
  expect(inferred).toEqual({ because: expect.stringContaining(`looks like ${name}: no companion`) as string });
});

test.each([
  {},
  { servers: ['nginx', 'gunicorn'] },
  { setCookies: ['session'] },
  { sentCookies: ['theme', 'sid'] },
  { servers: ['Expressway'] },
])('nothing betrays it: %j', (clues) => {
  expect(infer(clues)).toBeUndefined();
});

test('each snippet has an id of its own, and something to add', () => {
  expect(new Set(SNIPPETS.map(({ id }) => id)).size).toBe(SNIPPETS.length);
  for (const { lines } of SNIPPETS) expect(lines.some(({ sign }) => sign === '+')).toBe(true);
});
