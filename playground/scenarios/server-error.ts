import { html } from '../html.ts';
import type { Scenario } from './scenario.ts';

const show = (draft: unknown): string => (draft === '' ? 'There is no draft.' : `Draft: ${String(draft)}.`);

/** Django saves no session with a server error. */
export const serverError: Scenario = {
  id: 'server-error',
  title: 'Lost with an error',
  symptom: 'the error page forgot what the user typed',
  cause: 'The response is a 503, and the framework saves no session with a server error.',
  libraries: ['django-sessions'],
  python: ['django'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      let draft = await session.get('draft');
      if (draft === undefined) await session.set('draft', (draft = ''));
      response.send(page(show(draft)));
    },
    'POST /': async ({ session, response, page }) => {
      await session.set('draft', 'half a sentence');
      response.status(503).send(page(show(await session.get('draft'))));
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'There is no draft.',
  fixed: {
    routes: {
      'POST /': async ({ session, response, page }) => {
        await session.set('draft', 'half a sentence');
        await session.save();
        response.status(503).send(page(show(await session.get('draft'))));
      },
    },
  },
  page: {
    buttons: [{ label: 'Store a draft and fail', sends: [['POST /']] }],
    again: 'Look for the draft: it is gone',
    look: html`The <b>set</b> is there, and the record is <i>not saved</i>. The response was a 503, and no session is
      saved with a server error.`,
    culprit: 'POST /',
  },
};
