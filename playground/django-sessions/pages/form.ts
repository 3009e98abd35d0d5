import type { Request, Response } from 'express';
import { html } from '../../html.ts';
import { facts } from '../../layout.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

const STEPS = ['name', 'street', 'town'] as const;

/** Each step is stored as a key of its own; the last one reads them all, and *Begin again* drops them. */
export const form: Topic = {
  path: '/form/',
  title: 'A form in steps',
  says: 'each step kept until the last',
  pages(app, sessions) {
    app.get('/form/', async (request, response) => {
      const session = sessions.of(request);
      const given: Record<string, string> = {};
      for (const step of STEPS) {
        const value = await session.get(`form_${step}`);
        if (value !== undefined) given[step] = value;
      }
      const missing = STEPS.find((step) => given[step] === undefined);
      response.send(
        page('/form/', {
          title: 'A form in steps',
          body: html`${Object.keys(given).length === 0 ? undefined : facts(given)}
          ${
            missing === undefined
              ? html`<form method="post"><button name="again" value="1">Begin again</button></form>`
              : html`<form method="post">
                  <label for="step">Your ${missing}</label>
                  <input id="step" name="${missing}" required /> <button>Next</button>
                </form>`
          }`,
          look: html`Each step is a <b>set</b> of its own, kept from request to request. <i>Begin again</i> takes them
            out with <code>pop</code>.`,
          code: takeStep,
        }),
      );
    });

    async function takeStep(request: Request, response: Response) {
      const session = sessions.of(request);
      for (const step of STEPS) {
        if (step in request.body) await session.set(`form_${step}`, String(request.body[step]).slice(0, 80));
        if ('again' in request.body) await session.pop(`form_${step}`, undefined);
      }
      response.redirect(303, '/form/');
    }

    app.post('/form/', takeStep);
  },
};
