/** Every call inside the app is answered, on each host as its own README writes it. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import type { EventsAnswer, SessionAnswer, ValueAnswer } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { newCompanion } from '../django-sessions/observed.ts';
import { call, hello, inApp, openStream, pairWith } from '../reliability/panel-client.ts';
import { DOCUMENTED_HOSTS, portOf } from './documented-hosts.ts';
import { holdTerminal } from './guarded-app.ts';

const NOTE = 'note-that-only-the-session-holds';

for (const [name, host] of Object.entries(DOCUMENTED_HOSTS))
  test(`${name}: every call inside the app is answered, fifty times over, a stream ends with its server, and nothing is written to the terminal`, async () => {
    using terminal = holdTerminal();
    const companion = newCompanion();
    const sessions = observeWith(companion, createSessions)({ secretKey: 'a secret', database: ':memory:' });
    await sessions.createTable();
    const server = await host.start(sessions, NOTE);
    const origin = `http://localhost:${portOf(server)}`;
    const baseUrl = inApp(origin);
    const page = await fetch(origin);
    expect(await page.text()).toBe('written');
    const [cookie] = page.headers.getSetCookie()[0]!.split(';');
    const proofs = { cookies: [{ name: 'sessionid', value: cookie!.slice('sessionid='.length) }] };

    for (let time = 0; time < 50; time++) expect(await hello(baseUrl)).toMatchObject({ app: companion.identity.app });
    const token = await pairWith(baseUrl, terminal.text);
    const reported = await call<EventsAnswer>(baseUrl, 'events', { v: 1, proofs: {}, after: null, wait: false }, token);
    const set = reported.events.find((event) => event.type === 'operation-recorded' && event.after === NOTE)!;
    expect(await call<SessionAnswer>(baseUrl, 'session', { v: 1, proofs }, token)).toMatchObject({
      store: { outcome: 'found', state: { note: NOTE } },
    });
    const value = { v: 1, proofs: {}, epoch: set.epoch, seq: set.seq, part: 'after', path: [] };
    expect(await call<ValueAnswer>(baseUrl, 'value', value, token)).toEqual({ value: NOTE });
    const stream = await openStream(baseUrl, { token });
    expect(JSON.stringify(stream.answers)).toContain(NOTE);
    stream.destroy();
    expect(await fetch(`${baseUrl}/v1/hello`).then(({ status }) => status)).toBe(405);

    // A stream inside the app, whose reader waits, does not hold up a shutdown.
    const waiting = await openStream(baseUrl, { token });
    const closed = once(server, 'close');
    server.close();
    expect(await waiting.over).toBe('ended');
    await closed;

    expect(terminal.text().replaceAll(/^Sessionscope: .*\n/gm, '')).toBe('');
    companion.endpoint.close();
    await sessions.close();
  });
