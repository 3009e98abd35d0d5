import type { Scenario } from './scenario.ts';

/** Problem 31: what JSON can't say comes back as something else. */
export const anotherTypeNextTime: Scenario = {
  id: 'another-type-next-time',
  title: 'Another type next time',
  symptom: 'at.getTime is not a function, but only from the second request on',
  cause: 'The session is stored as JSON, which makes a text of a Date.',
  libraries: ['express-session', 'cookie-session'],
  routes: {
    'GET /': async ({ session, response }) => {
      await session.set('at', new Date(0));
      response.send('ok');
    },
    'GET /at': async ({ session, response }) => {
      response.send(typeof ((await session.get('at')) as Date).getTime);
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'GET /at' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'undefined',
  fixed: {
    routes: {
      'GET /': async ({ session, response }) => {
        await session.set('at', new Date(0).toISOString());
        response.send('ok');
      },
      'GET /at': async ({ session, response }) => {
        response.send(typeof new Date(String(await session.get('at'))).getTime);
      },
    },
  },
};
