import { setTimeout as wait } from 'node:timers/promises';
import type { Express } from 'express';
import { html, postButton } from '../html.ts';
import { facts } from '../layout.ts';
import { page } from './page.ts';

/** Ten seconds: long enough to see, short enough to wait for. */
const SHORT_MAX_AGE_MS = 10_000;

/** Set and get, expiry, and a request that takes its time. */
export function sessionPages(app: Express): void {
  app.get('/set_session/', (request, response) => {
    request.session.username = 'john_doe';
    request.session.is_logged_in = true;
    response.send(
      page('/set_session/', {
        title: 'Session data has been set',
        body: html`<p>
          <code>username</code> and <code>is_logged_in</code> are stored. <a href="/get_session/">Read them back</a>.
        </p>`,
        look: html`Two <b>set</b>, one <b>save</b>, and a cookie where none was before.`,
      }),
    );
  });

  app.get('/get_session/', (request, response) => {
    const username = request.session.username ?? 'Guest';
    const isLoggedIn = request.session.is_logged_in ?? false;
    response.send(
      page('/get_session/', {
        title: 'Session data',
        body: html`${facts({ username, is_logged_in: isLoggedIn })}
          <p><a href="/set_session/">Set it</a></p>`,
        look: html`Two <b>get</b>, and nothing saved: reading changes nothing.`,
      }),
    );
  });

  app.get('/expiry/', (request, response) => {
    const { maxAge } = request.session.cookie;
    response.send(
      page('/expiry/', {
        title: 'Expiry',
        body: html`<p>
            This session ends in
            <b>${maxAge === undefined || maxAge === null ? 'no stated time' : `${Math.round(maxAge / 1000)} s`}</b>.
          </p>
          ${postButton('/expiry/', 'End it in ten seconds')}`,
        look: html`<b>set-expiry</b>, and under <i>Cookie &amp; expiry</i> three clocks. Wait, reload: the cookie is
          gone.`,
      }),
    );
  });

  app.post('/expiry/', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    request.session.cookie.maxAge = SHORT_MAX_AGE_MS;
    response.redirect(303, '/expiry/');
  });

  app.get('/slow/', (_request, response) => {
    response.send(
      page('/slow/', {
        title: 'A slow request',
        body: html`<p>It sets <code>order</code>, waits three seconds, and sets <code>step</code>.</p>
          ${postButton('/slow/', 'Start')}`,
        look: html`The first <b>set</b> shows while the request is still running.`,
      }),
    );
  });

  app.post('/slow/', async (request, response) => {
    request.session.order = { draft: true, lines: 4 };
    await wait(Number(request.query['ms'] ?? 3_000));
    request.session.step = 'confirmed';
    response.redirect(303, '/slow/');
  });
}
