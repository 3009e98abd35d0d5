import type { Request, Response } from 'express';
import { burstButton, html } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/beliefs/never-expires/';

/** Three seconds: two looks fit before and after. */
const AGE_S = 3;

/** Every session ends; where nothing says otherwise, after two weeks without a save. */
export const neverExpires: Topic = {
  path,
  title: 'How long does it last?',
  says: 'It never expires.',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const age = await sessions.of(request).getExpiryAge();
      response.send(
        page(path, {
          title: 'How long does it last?',
          belief: neverExpires.says,
          body: html`<p>
              This session ends <b>${age} s</b> after it was last saved: each has an end, two weeks where nothing says
              otherwise. Here is one of three seconds, looked at twice.
            </p>
            ${burstButton('Let it end in three seconds', [
              ['POST', `${path}begin`, 0, 'set a note, and an end in three seconds'],
              ['POST', `${path}read`, 1_000, 'look for the note after one second'],
              ['POST', `${path}read`, 4_500, 'look for it after four and a half'],
            ])}`,
          look: html`<b>set-expiry</b>, and under <i>Cookie &amp; expiry</i> when cookie, session and store each end.
            The last request carries no cookie any more: the browser has dropped it, and the session with all that was
            in it is gone.`,
          code: begin,
        }),
      );
    });

    async function begin(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.set('note', 'remember me');
      await session.setExpiry(AGE_S);
      response.send('done');
    }

    async function read(request: Request, response: Response) {
      response.send((await sessions.of(request).get('note', 'gone')) === 'gone' ? 'it is gone' : 'it is there');
    }

    app.post(`${path}begin`, begin);
    app.post(`${path}read`, read);
  },
};
