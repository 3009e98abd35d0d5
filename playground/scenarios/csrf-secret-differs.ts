import type { Scenario } from './scenario.ts';

const SECRET = 'the secret of a form';

/** A form that is open while the user logs in elsewhere, and the login begins a session with nothing in it. */
export const csrfSecretDiffers: Scenario = {
  id: 'csrf-secret-differs',
  title: 'CSRF secret of another session',
  symptom: 'the form is refused with a 403, and works after a reload',
  cause: 'The secret that the form was made with is in the session from before the login; the new one has none.',
  libraries: ['express-session', 'fastify-session'],
  routes: {
    'GET /form': async ({ session, response }) => {
      if ((await session.get('csrfSecret')) === undefined) await session.set('csrfSecret', SECRET);
      response.send('a form');
    },
    'POST /login': async ({ session, response }) => {
      await session.rotate();
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'POST /transfer': async ({ session, request, response }) => {
      const secret = await session.get('csrfSecret');
      if (secret === request.header('x-csrf-token')) response.send('Done.');
      else response.status(403).send('The form is not valid.');
    },
  },
  steps: [
    [{ send: 'GET /form' }],
    [{ send: 'POST /login' }],
    [{ send: 'POST /transfer', headers: { 'x-csrf-token': SECRET } }],
  ],
  isSeen: (answers) => answers.at(-1)?.status === 403,
  fixed: {
    routes: {
      'POST /login': async ({ session, response }) => {
        const secret = await session.get('csrfSecret');
        await session.rotate();
        await session.set('csrfSecret', secret);
        await session.set('user', 'john');
        response.send('Logged in.');
      },
    },
  },
};
