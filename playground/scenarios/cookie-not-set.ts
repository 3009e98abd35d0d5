import { html } from '../html.ts';
import { LIBRARIES, type Scenario } from './scenario.ts';

/** Problem 2: a Secure cookie over plain http. */
export const cookieNotSet: Scenario = {
  id: 'cookie-not-set',
  title: 'Cookie never set',
  symptom: 'each request starts a new session',
  cause: 'The cookie is Secure and the page is served over plain http: it is not set, or the browser drops it.',
  libraries: LIBRARIES,
  python: ['django', 'starlette', 'flask', 'flask-session'],
  settings: { secure: true },
  routes: {
    'GET /': async ({ session, response, page }) => {
      const visits = Number((await session.get('visits')) ?? 0) + 1;
      await session.set('visits', visits);
      response.send(page(`Visits, says the session: ${visits}.`));
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'GET /' }], [{ send: 'GET /' }]],
  isSeen: (answers) => answers.every(({ body }) => body === answers[0]!.body),
  fixed: { settings: {} },
  page: {
    buttons: [],
    again: 'Reload: it is still the first',
    look: html`<i>Record</i> saved, <i>Cookie</i> not set, and <i>Exchange</i> says why: <code>cookie.secure</code> over
      plain http.`,
    culprit: 'GET /',
  },
};
