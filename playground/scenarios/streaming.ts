import { html } from '../html.ts';
import type { Scenario } from './scenario.ts';

/** Problem 34: the session is first written to after the response's head has left. */
export const streaming: Scenario = {
  id: 'streaming',
  title: 'Stored while streaming',
  symptom: 'the download is never counted',
  cause: 'The head of the response had left before the session was written to: there was no place for its cookie.',
  libraries: ['express-session', 'django-sessions', 'cookie-session', 'iron-session'],
  python: ['django', 'starlette', 'flask', 'flask-session'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      response.send(page(`Downloads counted: ${Number((await session.get('downloads')) ?? 0)}.`));
    },
    'GET /download': async ({ session, response }) => {
      response.write('a line\n');
      await session.set('downloads', Number((await session.get('downloads')) ?? 0) + 1);
      response.end('another\n');
    },
  },
  steps: [[{ send: 'GET /download' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Downloads counted: 0.',
  fixed: {
    routes: {
      'GET /download': async ({ session, response }) => {
        await session.set('downloads', Number((await session.get('downloads')) ?? 0) + 1);
        response.write('a line\n');
        response.end('another\n');
      },
    },
  },
  page: {
    buttons: [{ label: 'Download', sends: [['GET /download']] }],
    again: 'Come back from it: none was counted',
    look: html`The <b>set</b> stands after the decision: the record was <i>not saved</i>, for the response had begun.
      Change the session before the first byte, or <code>save()</code> by hand.`,
    culprit: 'GET /download',
  },
};
