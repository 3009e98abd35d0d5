import { type Handler, LIBRARIES, type Scenario } from './scenario.ts';

/** Begins a login; the provider would come back to the address that it is given. */
const beginAt =
  (callback: (host: string) => string): Handler =>
  async ({ session, request, response }) => {
    await session.set('oauth_state', 'af0ifjsldkj');
    response.redirect(303, `http://${callback(request.host)}/auth/callback?state=af0ifjsldkj`);
  };

/** Problem 7: the login begins on one host, and the provider sends the browser back to another. */
export const oauthStateMissing: Scenario = {
  id: 'oauth-state-missing',
  title: 'Login state missing',
  symptom: 'the provider sends me back, and the app says that the state does not match',
  cause: 'The registered callback names 127.0.0.1, and the login began on localhost: the browser keeps two cookies.',
  libraries: LIBRARIES,
  routes: {
    'GET /auth': beginAt((host) => host.replace('localhost', '127.0.0.1')),
    'GET /auth/callback': async ({ session, response }) => {
      const state = await session.get('oauth_state');
      if (state === undefined) response.status(403).send('The state does not match.');
      else response.send('Logged in.');
    },
  },
  steps: [[{ send: 'GET /auth', host: 'localhost' }]],
  isSeen: ([answer]) => answer?.status === 403,
  fixed: { routes: { 'GET /auth': beginAt((host) => host) } },
};
