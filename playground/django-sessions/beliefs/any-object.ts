import type { Request, Response } from 'express';
import { html, postButton } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const path = '/beliefs/any-object/';

/** An object of the app's own: what makes it one is lost in JSON. */
class Customer {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  greet(): string {
    return `Hello, ${this.name}`;
  }
}

/** A record is text: what JSON cannot say is refused, by key and type. */
export const anyObject: Topic = {
  path,
  title: 'What can be stored?',
  says: 'Any object can be stored.',
  pages(app, sessions) {
    app.get(path, async (request, response) => {
      const held = (await sessions.of(request).get('customer')) as { name: string } | undefined;
      response.send(
        page(path, {
          title: 'What can be stored?',
          belief: anyObject.says,
          body: html`<p>${held === undefined ? 'No customer is stored.' : html`Stored: <b>${held.name}</b>`}</p>
            ${postButton(path, 'Store an object of a class')}
            ${postButton(`${path}plain`, 'Store its plain data', { quiet: true })}`,
          look: html`The <b>set</b> succeeds, for it only changes memory; the <b>save</b> fails, and the verdict names
            <code>customer</code> and its class. Plain data is saved: what JSON can say comes back as it went.`,
          code: storeObject,
        }),
      );
    });

    async function storeObject(request: Request, response: Response) {
      await sessions.of(request).set('customer', new Customer('Ann'));
      response.redirect(303, path);
    }

    async function storePlain(request: Request, response: Response) {
      await sessions.of(request).set('customer', { name: new Customer('Ann').name });
      response.redirect(303, path);
    }

    app.post(path, storeObject);
    app.post(`${path}plain`, storePlain);
  },
};
