import { createHmac } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { expect, test } from 'vitest';
import session from 'express-session';
import { EVERYTHING, serve } from '../express-session/observed-app.ts';

const REQUESTS = 10_000;
/** As many as one process takes without refused connections. */
const AT_ONCE = 500;

const sign = (key: string) =>
  encodeURIComponent(`s:${key}.${createHmac('sha256', 'test').update(key).digest('base64').replace(/=+$/, '')}`);

test(`${REQUESTS} concurrent requests, a canary in each: none is attributed to another`, async () => {
  /** Answers later and out of order, as a store over a network does. */
  class SlowStore extends session.MemoryStore {
    override get(...[key, callback]: Parameters<session.MemoryStore['get']>): void {
      setTimeout(() => super.get(key, callback), Number.parseInt(key.slice(-2), 36) % 7);
    }
    override set(...[key, data, callback]: Parameters<session.MemoryStore['set']>): void {
      setTimeout(() => super.set(key, data, callback), Number.parseInt(key.slice(-2), 36) % 5);
    }
  }
  const store = new SlowStore();
  await using app = await serve(
    (app, factory, options) => {
      app.use(factory({ ...options, store }));
      app.get('/:canary', async (request, response) => {
        const { canary } = request.params;
        const { session } = request;
        session['canary'] = canary;
        await new Promise((resolve) => setTimeout(resolve, canary.length % 3));
        session['list'] = [canary];
        await new Promise((resolve) => setImmediate(resolve));
        (session['list'] as string[]).push(canary);
        response.end(String(session['canary']));
      });
    },
    { companion: { limits: { events: 200_000, bytes: 1 << 30 } } },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const ask = (canary: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { cookie: `connect.sid=${sign(`key-${canary}`)}` };
      send({ port: app.port, path: `/${canary}`, agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.once('end', () => resolve(text));
      })
        .once('error', reject)
        .end();
    });
  const canaries = Array.from({ length: REQUESTS }, (_, index) => `canary${(index * 7919 + 46_656).toString(36)}`);
  const data = { cookie: { originalMaxAge: null } } as never;
  await Promise.all(
    canaries.map(
      (canary) =>
        new Promise<void>(
          (resolve) => void session.MemoryStore.prototype.set.call(store, `key-${canary}`, data, () => resolve()),
        ),
    ),
  );
  const answers = await Promise.all(canaries.map(ask));
  expect(answers).toEqual(canaries);
  agent.destroy();

  const { events } = app.companion!.log.read(null, EVERYTHING, 1_000_000);
  const canaryOf = new Map<string, string>();
  for (const event of events) if (event.type === 'exchange-started') canaryOf.set(event.exchange, event.path.slice(1));
  expect(canaryOf.size).toBe(REQUESTS);
  const counts = new Map<string, number>();
  let strays = 0;
  for (const event of events) {
    if (event.type !== 'operation-recorded') continue;
    const canary = canaryOf.get(event.exchange!);
    counts.set(canary!, (counts.get(canary!) ?? 0) + 1);
    const values = JSON.stringify([event.before ?? null, event.after ?? null, event.state ?? null]);
    for (const named of values.match(/canary[a-z0-9]+/g) ?? []) if (named !== canary) strays += 1;
    if (event.session !== app.companion!.identity.fingerprint(`key-${canary}`)) strays += 1;
  }
  expect(strays).toBe(0);
  // load, set, set, get, nested change, get, save: the same for each.
  expect(new Set(counts.values())).toEqual(new Set([7]));
  expect(counts.size).toBe(REQUESTS);
});
