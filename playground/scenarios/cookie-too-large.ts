import { type Scenario, SEALED } from './scenario.ts';

/** Problem 13: the cookie is the record, and browsers drop one of more than 4,096 bytes. */
export const cookieTooLarge: Scenario = {
  id: 'cookie-too-large',
  title: 'Cookie over 4,096 bytes',
  symptom: 'what I stored last is never there',
  cause: 'The session no longer fits into a cookie: the browser ignores the whole Set-Cookie.',
  libraries: SEALED.filter((library) => library !== 'h3'),
  python: ['django-signed-cookies', 'starlette', 'flask'],
  routes: {
    'POST /rows': async ({ session, response }) => {
      await session.set('rows', 'x'.repeat(5_000));
      response.send('stored');
    },
    'GET /rows': async ({ session, response }) => {
      response.send((await session.get('rows')) === undefined ? 'none' : 'there');
    },
  },
  steps: [[{ send: 'POST /rows' }], [{ send: 'GET /rows' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'none',
  fixed: {
    routes: {
      // The rows belong into a database; the session names them.
      'POST /rows': async ({ session, response }) => {
        await session.set('rows', 4711);
        response.send('stored');
      },
    },
  },
};
