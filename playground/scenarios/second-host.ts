import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 30: one machine, two names. */
export const secondHost: Scenario = {
  id: 'second-host',
  title: 'localhost and 127.0.0.1',
  symptom: 'I log in, follow a link, and am a stranger',
  cause: 'The link names 127.0.0.1 and the login was at localhost: to a browser they are two sites.',
  libraries: LIBRARIES,
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
  },
  steps: [[{ send: 'POST /login', host: 'localhost' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Hello nobody.',
  fixed: { steps: [[{ send: 'POST /login', host: 'localhost' }], [{ send: 'GET /', host: 'localhost' }]] },
};
