import { type Scenario, STORED } from './scenario.ts';

/** Problem 24: a provider that answers by a form of its own. */
export const crossSitePost: Scenario = {
  id: 'cross-site-post',
  title: 'A POST from another site',
  symptom: 'the provider sends me back, and all that I had is gone',
  cause: 'The answer is a POST from another site: the Lax cookie stays behind, and an empty session takes its place.',
  // hono-sessions sets a cookie with each response, whatever the app does.
  libraries: STORED.filter((library) => library !== 'hono-sessions'),
  routes: {
    'GET /': async ({ session, response }) => {
      const cart = await session.get('cart');
      if (cart === undefined) await session.set('cart', 'a pot');
      response.send(`In the cart: ${String(cart ?? 'nothing')}.`);
    },
    'POST /auth/answer': async ({ session, response, home }) => {
      await session.set('answer', 'granted');
      response.redirect(303, home);
    },
    'GET /auth/granted': async ({ session, response, home }) => {
      await session.set('answer', 'granted');
      response.redirect(303, home);
    },
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /auth/answer', by: 'other-site' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'In the cart: nothing.',
  fixed: {
    routes: {
      // A GET of the app's own brings the cookie.
      'POST /auth/answer': ({ response }) => {
        response.redirect(303, '/auth/granted');
      },
    },
  },
};
