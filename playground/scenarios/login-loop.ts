import { type Handler, LIBRARIES, type Scenario } from './scenario.ts';

const login =
  (key: string): Handler =>
  async ({ session, response, home }) => {
    await session.set(key, 'john');
    response.redirect(303, home);
  };

/** Problem 28: the login does what the page doesn't look for. */
export const loginLoop: Scenario = {
  id: 'login-loop',
  title: 'Login loop',
  symptom: 'the browser says that the page redirects too often',
  cause: 'The login stores the user under one name, and the page looks for another and sends back to the login.',
  libraries: LIBRARIES,
  routes: {
    'GET /': async ({ session, response }) => {
      const user = (await session.get('user')) as string | undefined;
      if (user === undefined) response.redirect(303, '/login');
      else response.send(`Hello ${user}.`);
    },
    'GET /login': login('account_name'),
  },
  steps: [[{ send: 'GET /' }]],
  isSeen: ([answer]) => answer?.status === 303,
  fixed: { routes: { 'GET /login': login('user') } },
};
