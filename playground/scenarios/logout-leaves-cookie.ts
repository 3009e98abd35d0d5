import type { Scenario } from './scenario.ts';

/** Problem 32: the record is gone, and the browser keeps its cookie. */
export const logoutLeavesCookie: Scenario = {
  id: 'logout-leaves-cookie',
  title: 'Logout leaves the cookie',
  symptom: 'after the logout the cookie is still in the browser, and goes with each request',
  cause: 'The logout drops the cookie of another path than the one that was set, so the browser drops nothing.',
  libraries: ['express-session', 'fastify-session'],
  settings: { cookieName: 'shop', cookiePath: '/app' },
  routes: {
    'POST /app/login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'POST /app/logout': async ({ session, response }) => {
      await session.end();
      response.append('Set-Cookie', 'shop=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
      response.send('Logged out.');
    },
    'GET /app/home': ({ request, response }) => {
      response.send(/\bshop=/.test(request.header('cookie') ?? '') ? 'A cookie came.' : 'No cookie came.');
    },
  },
  steps: [[{ send: 'POST /app/login' }], [{ send: 'POST /app/logout' }], [{ send: 'GET /app/home' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'A cookie came.',
  fixed: {
    routes: {
      'POST /app/logout': async ({ session, response }) => {
        await session.end();
        response.append('Set-Cookie', 'shop=; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
        response.send('Logged out.');
      },
    },
  },
};
