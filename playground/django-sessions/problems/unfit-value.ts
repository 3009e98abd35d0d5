import type { Request, Response } from 'express';
import { html, page, postButton } from '../layout.ts';
import type { Topic } from '../topic.ts';

const path = '/problems/unfit-value/';

/** Only what JSON can hold can be stored; anything else is an error at the end of the request. */
export const unfitValue: Topic = {
  path,
  title: "A value that can't be stored",
  says: 'the session cannot store since: Date is not serializable',
  pages(app, sessions) {
    app.get(path, (_request, response) => {
      response.send(
        page(path, {
          title: "A value that can't be stored",
          body: postButton(path, 'Store a date'),
          look: html`The <b>save</b> failed at the end of the request, long after the <b>set</b>. The verdict names the
            key and its type.`,
          code: storeDate,
        }),
      );
    });

    async function storeDate(request: Request, response: Response) {
      await sessions.of(request).set('since', new Date(Date.UTC(2026, 2, 1)));
      response.redirect(path);
    }

    app.post(path, storeDate);
  },
};
