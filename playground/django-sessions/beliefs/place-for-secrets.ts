import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/beliefs/place-for-secrets/';

/** A record is signed, not encrypted: who reads the store reads the data. */
export const placeForSecrets: Topic = {
  path,
  title: 'Who can read it?',
  says: 'A session is a place for secrets.',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const { sessionKey } = sessions.of(request);
      const record = sessionKey === null ? undefined : await sessions.peek(sessionKey);
      const data = record !== undefined && 'data' in record ? Object.fromEntries(record.data) : {};
      response.send(
        page(path, {
          title: 'Who can read it?',
          belief: placeForSecrets.says,
          body: html`${postButton(path, 'Store a password')}
          ${
            'password' in data
              ? html`<p>
                    This is what lies in the table <code>django_session</code>: signed, so that nobody can change it,
                    and readable by everyone who can read the table or a backup of it.
                  </p>
                  <pre>${JSON.stringify(data, null, 2)}</pre>
                  ${postButton(`${path}forget`, 'Forget it', { quiet: true })}`
              : undefined
          }`,
          look: html`The panel redacts the value of <code>password</code> and of <code>card_number</code>: it shows
            <i>redacted</i>. The record itself holds them as they are, which this page shows after the click.`,
          code: storeSecret,
        }),
      );
    });

    async function storeSecret(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.set('password', 'correct horse battery staple');
      await session.set('card_number', '4111 1111 1111 1111');
      response.redirect(303, path);
    }

    async function forget(request: Request, response: Response) {
      const session = sessions.of(request);
      await session.pop('password', undefined);
      await session.pop('card_number', undefined);
      response.redirect(303, path);
    }

    app.post(path, storeSecret);
    app.post(`${path}forget`, forget);
  },
};
