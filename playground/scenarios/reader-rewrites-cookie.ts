import type { Scenario } from './scenario.ts';

/** Problem 19: an answer that only read sets the cookie anyway. */
export const readerRewritesCookie: Scenario = {
  id: 'reader-rewrites-cookie',
  title: 'A reader rewrites the cookie',
  symptom: 'what I stored is gone, and nothing else wrote',
  cause: 'The cookie is the session and goes with each answer: a slow one brings back the session as it was.',
  libraries: ['koa-session'],
  settings: { rolling: true },
  routes: {
    'GET /': async ({ session, response }) => {
      const theme = (await session.get('theme')) as string | undefined;
      if (theme === undefined) await session.set('theme', 'light');
      response.send(`The theme is ${theme ?? 'light'}.`);
    },
    'GET /news': async ({ session, response, reached, until }) => {
      const theme = String(await session.get('theme'));
      reached('the news have loaded');
      await until('POST /theme answered');
      response.send(`news, ${theme}`);
    },
    'POST /theme': async ({ session, response, until }) => {
      await until('the news have loaded');
      await session.set('theme', 'dark');
      response.send('set');
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'GET /news' }, { send: 'POST /theme' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'The theme is light.',
  fixed: { settings: {} },
};
