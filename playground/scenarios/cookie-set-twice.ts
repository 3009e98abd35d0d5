import type { Scenario } from './scenario.ts';

/** Problem 42: one response, two Set-Cookie lines of one name. */
export const cookieSetTwice: Scenario = {
  id: 'cookie-set-twice',
  title: 'The cookie is set twice',
  symptom: 'the login works in one browser, and never in the other',
  cause: 'The response saves the session and drops what was there before, in this order: the later line wins.',
  libraries: ['iron-session', 'react-router', 'h3', 'h3 1'],
  settings: { cookieName: 'shop' },
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      // Of a cookie that an older version had set.
      response.append('Set-Cookie', 'shop=; Path=/; Max-Age=0');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [[{ send: 'POST /login' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    routes: {
      'POST /login': async ({ session, response }) => {
        await session.set('user', 'john');
        response.send('Logged in.');
      },
    },
  },
};
