import { html } from '../html.ts';
import type { Handler, Scenario } from './scenario.ts';

const assignAgain: Handler = async ({ session, response, home }) => {
  const tags = (await session.get('tags')) as string[];
  await session.set('tags', [...tags, `seen ${tags.length}`]);
  response.redirect(303, home);
};

/** Problem 5: keys that are set are noticed, not what changes inside a value. */
export const nestedNotSaved: Scenario = {
  id: 'nested-not-saved',
  title: 'Nested change not saved',
  symptom: 'I appended it, and it is not there',
  cause: 'The list inside the session changed, and nothing said that the session was modified.',
  libraries: ['django-sessions', 'fastify-secure-session'],
  python: ['django', 'starlette', 'flask', 'flask-session'],
  routes: {
    'GET /': async ({ session, response, page }) => {
      let tags = (await session.get('tags')) as string[] | undefined;
      if (tags === undefined) await session.set('tags', (tags = ['first']));
      response.send(page(`Tags: ${tags.join(', ')}.`));
    },
    'POST /': async ({ session, response, home }) => {
      const tags = (await session.get('tags')) as string[];
      tags.push(`unseen ${tags.length}`);
      response.redirect(303, home);
    },
    'POST /in-time/': assignAgain,
  },
  steps: [[{ send: 'GET /' }], [{ send: 'POST /' }]],
  isSeen: (answers) => answers.at(-1)?.body === 'Tags: first.',
  fixed: { routes: { 'POST /': assignAgain } },
  page: {
    buttons: [
      { label: 'Append a tag', sends: [['POST /']] },
      { label: 'Append one and say so', sends: [['POST /in-time/']] },
    ],
    look: html`<b>set</b> <code>tags[1]</code>, <i>inferred</i>, and the record <i>not saved</i>:
      <code>modified</code> was never set. The other button assigns the key, which says so, and the same change is in
      the <b>save</b>.`,
    culprit: 'POST /',
  },
};
