import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { html, page } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/streaming/';

/** The session is saved when the response begins: what is stored while it streams is lost. */
export const streaming: Topic = {
  path,
  title: 'Stored while streaming',
  says: 'the download is never counted',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const downloads = await sessions.of(request).get('downloads', 0);
      response.send(
        page(path, {
          title: 'Stored while streaming',
          body: html`<p>Downloads counted: <b>${downloads}</b></p>
            <p><a href="${path}download">Download</a>, and come back: none was counted.</p>`,
          look: html`The <b>set</b> stands after the decision: the record was <i>not saved</i>, for the response had
            begun. Change the session before the first byte, or <code>save()</code> by hand.`,
          code: download,
        }),
      );
    });

    async function download(request: Request, response: Response) {
      const session = sessions.of(request);
      response.type('text/plain').write('a line\n');
      await wait(20);
      await session.set('downloads', (await session.get('downloads', 0)) + 1);
      response.end('another\n');
    }

    app.get(`${path}download`, download);
  },
};
