import { type Scenario, STORED } from './scenario.ts';

/** ASVS 7.2.4: who knows the key from before the login is logged in too. */
export const keyKeptAtLogin: Scenario = {
  id: 'key-kept-at-login',
  title: 'Session key unchanged at login',
  symptom: "somebody else is logged in with my user's session",
  cause: 'The login keeps the key that the visitor had before, which another may have planted.',
  libraries: STORED,
  python: ['django', 'flask-session'],
  routes: {
    'GET /': async ({ session, response }) => {
      await session.set('seen', true);
      response.send('ok');
    },
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('logged in');
    },
    'GET /who': async ({ session, response }) => {
      response.send(String(await session.get('user')));
    },
  },
  steps: [
    [{ send: 'GET /', client: 'attacker' }],
    [{ send: 'POST /login', withCookiesOf: 'attacker' }],
    [{ send: 'GET /who', client: 'attacker' }],
    [{ send: 'GET /who' }],
  ],
  isSeen: (answers) => answers[2]?.body === 'john',
  fixed: {
    routes: {
      'POST /login': async ({ session, response }) => {
        await session.rotate();
        await session.set('user', 'john');
        response.send('logged in');
      },
    },
  },
};
