import { type Scenario, STORED } from './scenario.ts';

/** Problem 40: tests that run at once with one stored login. */
export const sessionOfTwoClients: Scenario = {
  id: 'session-of-two-clients',
  title: 'Two clients with one session',
  symptom: 'each test passes alone, and one of them is logged out when they run together',
  cause: 'Both tests were given the cookie of one login, and the test of the logout ends it for the other.',
  libraries: STORED,
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
    'POST /logout': async ({ session, response }) => {
      await session.end();
      response.send('Logged out.');
    },
  },
  steps: [
    [{ send: 'POST /login', client: 'set-up' }],
    [{ send: 'GET /', client: 'test of the page', withCookiesOf: 'set-up' }],
    [{ send: 'POST /logout', client: 'test of the logout', withCookiesOf: 'set-up' }],
    [{ send: 'GET /', client: 'test of the page' }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: {
    steps: [
      [{ send: 'POST /login', client: 'test of the page' }],
      [{ send: 'POST /login', client: 'test of the logout' }],
      [{ send: 'GET /', client: 'test of the page' }],
      [{ send: 'POST /logout', client: 'test of the logout' }],
      [{ send: 'GET /', client: 'test of the page' }],
    ],
  },
};
