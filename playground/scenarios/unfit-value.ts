import { html } from '../html.ts';
import type { Scenario } from './scenario.ts';

/** A value that the library can't serialize. */
export const unfitValue: Scenario = {
  id: 'unfit-value',
  title: "A value that can't be stored",
  symptom: 'nothing of this request is there afterwards',
  cause: 'The value refers to itself, which JSON cannot say: the whole session is not stored.',
  libraries: ['django-sessions', 'cookie-session'],
  python: ['django', 'starlette', 'flask'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      response.send(page(`Ordered by ${String((await session.get('buyer')) ?? 'nobody')}.`));
    },
    'POST /': async ({ session, response, home }) => {
      await session.set('buyer', 'John');
      const order: { lines: object[] } = { lines: [] };
      order.lines.push({ of: order });
      await session.set('ordered', order);
      response.redirect(303, home);
    },
  },
  steps: [[{ send: 'POST /' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Ordered by nobody.',
  fixed: {
    routes: {
      'POST /': async ({ session, response, home }) => {
        await session.set('buyer', 'John');
        await session.set('ordered', { lines: [{ of: 4711 }] });
        response.redirect(303, home);
      },
    },
  },
  page: {
    buttons: [{ label: 'Store an order that refers to itself', sends: [['POST /']] }],
    look: html`The <b>save</b> failed at the end of the request, long after the <b>set</b>. The verdict names the key
      and its type.`,
    culprit: 'POST /',
  },
};
