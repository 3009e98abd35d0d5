import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { burstButton, html } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/beliefs/stored-at-once/';

/** A set changes memory; the record is written once, when the response leaves. */
export const storedAtOnce: Topic = {
  path,
  title: 'When is it stored?',
  says: 'A set is stored at once.',
  pages(app, sessions) {
    app.get(path, (_request, response) => {
      const note = Date.now().toString(36);
      response.send(
        page(path, {
          title: 'When is it stored?',
          belief: storedAtOnce.says,
          body: html`<p>
              One request sets a note and works on for a second. Two others look for it: one meanwhile, one after.
            </p>
            ${burstButton('Set a note, and look for it', [
              ['POST', `${path}write?note=${note}`, 0, 'set a note, work for a second'],
              ['POST', `${path}read?note=${note}`, 400, 'look for it meanwhile'],
              ['POST', `${path}read?note=${note}`, 1_400, 'look for it afterwards'],
            ])}`,
          look: html`The <b>set</b> stands at the start of its request, the <b>save</b> at its end, a second later. The
            <b>load</b> of the request between them finds the record as it was.`,
          code: write,
        }),
      );
    });

    async function write(request: Request, response: Response) {
      await sessions.of(request).set('note', String(request.query['note']));
      await wait(1_000);
      response.send('done, and only now it is saved');
    }

    async function read(request: Request, response: Response) {
      const note = await sessions.of(request).get('note');
      response.send(note === request.query['note'] ? 'it is there' : 'it is not there');
    }

    app.post(`${path}write`, write);
    app.post(`${path}read`, read);
  },
};
