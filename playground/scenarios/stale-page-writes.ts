import { type Scenario, STORED } from './scenario.ts';

/** Problem 43: two tabs, two users, one session. */
export const stalePageWrites: Scenario = {
  id: 'stale-page-writes',
  title: 'Written under another name',
  symptom: 'the note that Ann wrote is among those of Bob',
  cause: 'Bob has logged in in another tab: the page that was made for Ann writes into the session that is now his.',
  libraries: STORED,
  routes: {
    'POST /login/ann': async ({ session, response }) => {
      await session.set('user', 'ann');
      response.send('Logged in.');
    },
    'POST /login/bob': async ({ session, response }) => {
      await session.set('user', 'bob');
      response.send('Logged in.');
    },
    'GET /notes': async ({ session, response }) => {
      response.send(`Notes of ${String(await session.get('user'))}.`);
    },
    'POST /notes': async ({ session, response }) => {
      const user = String(await session.get('user'));
      await session.set('note', 'a note');
      response.send(`Noted for ${user}.`);
    },
  },
  steps: [
    [{ send: 'POST /login/ann' }],
    [{ send: 'GET /notes' }],
    [{ send: 'POST /login/bob', tab: 'another' }],
    [{ send: 'POST /notes', headers: { 'x-made-for': 'ann' } }],
  ],
  isSeen: (answers) => answers.at(-1)?.body === 'Noted for bob.',
  fixed: {
    routes: {
      // The page says for whom it was made.
      'POST /notes': async ({ session, request, response }) => {
        const user = String(await session.get('user'));
        if (request.header('x-made-for') !== user) {
          response.status(409).send(`This page was made for another user than ${user}.`);
          return;
        }
        await session.set('note', 'a note');
        response.send(`Noted for ${user}.`);
      },
    },
  },
};
