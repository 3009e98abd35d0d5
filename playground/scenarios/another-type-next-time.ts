import { type Scenario, SEALED } from './scenario.ts';

/** Problem 31: what JSON can't say comes back as something else. */
export const anotherTypeNextTime: Scenario = {
  id: 'another-type-next-time',
  title: 'Another type next time',
  symptom: 'at.getTime is not a function, but only from the second request on',
  cause: 'The session is stored as JSON, which makes a text of a Date.',
  // iron-session refuses a Date.
  libraries: ['express-session', ...SEALED.filter((library) => library !== 'iron-session')],
  python: ['django', 'starlette', 'flask'],
  routes: {
    'GET /': async ({ session, response }) => {
      await session.set('at', new Date(0));
      response.send('ok');
    },
    'GET /at': async ({ session, response }) => {
      response.send((await session.get('at')) instanceof Date ? 'as it was' : 'another type');
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'GET /at' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'another type',
  fixed: {
    routes: {
      'GET /': async ({ session, response }) => {
        await session.set('at', new Date(0).toISOString());
        response.send('ok');
      },
      'GET /at': async ({ session, response }) => {
        const at = new Date(String(await session.get('at')));
        response.send(Number.isNaN(at.getTime()) ? 'another type' : 'as it was');
      },
    },
  },
};
