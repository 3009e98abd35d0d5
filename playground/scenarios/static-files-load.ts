import type { Handler, Scenario } from './scenario.ts';

const FILES = ['GET /site.css', 'GET /app.js', 'GET /logo.png', 'GET /font.woff2', 'GET /favicon.ico'] as const;

const serve: Handler = ({ response }) => {
  response.send('a file');
};

/** Problem 36: files behind the session middleware. */
export const staticFilesLoad: Scenario = {
  id: 'static-files-load',
  title: 'Static files load the session',
  symptom: 'each page asks the store for the session six times',
  cause: 'The files are served behind the session middleware, which loads and touches the record for each of them.',
  libraries: ['express-session'],
  routes: {
    'POST /login': async ({ session, response }) => {
      await session.set('user', 'john');
      response.send('Logged in.');
    },
    'GET /': async ({ session, response }) => {
      response.send(`Hello ${String((await session.get('user')) ?? 'nobody')}.`);
    },
    'GET /reads': ({ storeCalls, response }) => {
      response.send(String(storeCalls().reads));
    },
    ...Object.fromEntries(FILES.map((file) => [file, serve])),
  },
  steps: [
    [{ send: 'POST /login' }],
    [{ send: 'GET /' }],
    ...FILES.map((send) => [{ send, by: 'image' } as const]),
    [{ send: 'GET /reads' }],
  ],
  // Two pages, and five files.
  isSeen: (answers) => answers.at(-1)?.body === '7',
  fixed: { routesBeforeSession: Object.fromEntries(FILES.map((file) => [file, 'a file'])) },
};
