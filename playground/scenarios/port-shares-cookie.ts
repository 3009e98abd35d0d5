import type { Handler, Scenario } from './scenario.ts';

const visit: Handler = async ({ session, response }) => {
  const visits = Number((await session.get('visits')) ?? 0) + 1;
  await session.set('visits', visits);
  response.send(`Visits: ${visits}.`);
};

/** Problem 9: two apps on this machine, and one cookie name. */
export const portSharesCookie: Scenario = {
  id: 'port-shares-cookie',
  title: 'Ports share cookies',
  symptom: 'whenever I open the other app, this one forgets me',
  cause: 'Cookies know no ports: the app on the other port sets a cookie of the same name over this one.',
  libraries: ['express-session', 'django-sessions', 'koa-session with a store', 'fastify-session', 'hono-sessions'],
  routes: { 'GET /': visit },
  others: { other: { routes: { 'GET /': visit } } },
  steps: [[{ send: 'GET /' }], [{ send: 'GET /', server: 'other' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Visits: 1.',
  fixed: { others: { other: { settings: { cookieName: 'other-app' }, routes: { 'GET /': visit } } } },
};
