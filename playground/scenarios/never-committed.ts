import type { Scenario } from './scenario.ts';

/** Problem 20: these libraries save what they are asked to save. */
export const neverCommitted: Scenario = {
  id: 'never-committed',
  title: 'Changed and never saved',
  symptom: 'the theme is dark for one answer and light again on the next page',
  cause: 'The handler changes the session and never saves it: nothing is sealed, and no cookie is set.',
  libraries: ['iron-session', 'h3', 'h3 1', 'react-router'],
  settings: { savesWhenAsked: true },
  routes: {
    'POST /theme': async ({ session, response }) => {
      await session.set('theme', 'dark');
      response.send('set');
    },
    'GET /': async ({ session, response }) => {
      response.send(`The theme is ${String((await session.get('theme')) ?? 'light')}.`);
    },
  },
  steps: [[{ send: 'POST /theme' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'The theme is light.',
  fixed: {
    routes: {
      'POST /theme': async ({ session, response }) => {
        await session.set('theme', 'dark');
        await session.save();
        response.send('set');
      },
    },
  },
};
