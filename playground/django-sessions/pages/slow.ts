import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

export const slow: Topic = {
  path: '/slow/',
  title: 'A slow request',
  says: 'watch it while it runs',
  pages(app, sessions) {
    app.get('/slow/', (_request, response) => {
      response.send(
        page('/slow/', {
          title: 'A slow request',
          body: html`<p>It sets <code>order</code>, waits three seconds, and sets <code>step</code>.</p>
            ${postButton('/slow/', 'Start')}`,
          look: html`The first <b>set</b> shows while the request is still running. The <b>save</b> comes with the
            response, three seconds later.`,
          code: takeTime,
        }),
      );
    });

    async function takeTime(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.set('order', { draft: true, lines: 4 });
      await wait(Number(request.query['ms'] ?? 3_000));
      await session.set('step', 'confirmed');
      response.redirect(303, '/slow/');
    }

    app.post('/slow/', takeTime);
  },
};
