import type { Session } from '@sessionscope/django-sessions';
import { html } from '../../html.ts';
import { facts } from '../../layout.ts';
import { page } from '../page.ts';
import type { DemoData } from '../session-data.ts';
import type { Topic } from '../topic.ts';

async function remember(session: Session<DemoData>) {
  await session.set('username', 'john_doe');
  await session.set('is_logged_in', true);
}

async function recall(session: Session<DemoData>) {
  return {
    username: await session.get('username', 'Guest'),
    is_logged_in: await session.get('is_logged_in', false),
  };
}

/** What a newcomer does first: store two values, and read them back. */
export const setAndGet: Topic = {
  path: '/set_session/',
  title: 'Set and get',
  says: 'two keys, one cookie',
  pages(app, sessions) {
    app.get('/set_session/', async (request, response) => {
      await remember(sessions.of(request));
      response.send(
        page('/set_session/', {
          title: 'Session data has been set',
          body: html`<p>
            <code>username</code> and <code>is_logged_in</code> are stored. <a href="/get_session/">Read them back</a>.
          </p>`,
          look: html`Two <b>set</b> with their lines, and one <b>save</b> when the response leaves. Where no cookie was
            sent, the response sets one: it holds a key, and none of the data.`,
          code: remember,
        }),
      );
    });

    app.get('/get_session/', async (request, response) => {
      const held = await recall(sessions.of(request));
      response.send(
        page('/get_session/', {
          title: 'Session data',
          body: html`${facts(held)}
            <p><a href="/set_session/">Set it</a></p>`,
          look: html`One <b>load</b>, then two <b>get</b>. Nothing is saved: reading changes nothing.`,
          code: recall,
        }),
      );
    });
  },
};
