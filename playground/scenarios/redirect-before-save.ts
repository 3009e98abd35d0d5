import { html } from '../html.ts';
import type { Scenario } from './scenario.ts';

/** Problem 4: the redirect's head leaves before the save has ended, and the next page loads the old record. */
export const redirectBeforeSave: Scenario = {
  id: 'redirect-before-save',
  title: 'Redirect arrives before the save',
  symptom: 'the next page does not know yet',
  cause: 'The browser follows the redirect while the store still writes.',
  libraries: ['express-session'],
  settings: { writesAfter: 'GET / answered' },
  routes: {
    'GET /': async ({ session, response, page }) => {
      response.send(page(`Orders: ${Number((await session.get('orders')) ?? 0)}.`));
    },
    'POST /': async ({ session, response, home }) => {
      await session.set('orders', Number((await session.get('orders')) ?? 0) + 1);
      response.redirect(303, home);
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Orders: 0.',
  fixed: {
    routes: {
      'POST /': async ({ session, response, home }) => {
        await session.set('orders', Number((await session.get('orders')) ?? 0) + 1);
        await session.save();
        response.redirect(303, home);
      },
    },
  },
  page: {
    buttons: [{ label: 'Order, then redirect here', sends: [['POST /']] }],
    says: 'The store takes its time to write. The page that the redirect leads to shows the count of before.',
    again: 'Reload, and it is right',
    look: html`The GET's <b>load</b> stands before the POST's <b>save</b> has ended. The fix:
      <code>req.session.save(() =&gt; res.redirect(…))</code>.`,
    culprit: 'POST /',
  },
};
