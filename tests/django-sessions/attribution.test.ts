/** Many requests at once, a canary in each: none is attributed to another. */
import { Agent, request as send } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { observedApp, readAll } from './observed.ts';

const REQUESTS = 2_000;
const AT_ONCE = 250;

for (const host of ['Express 5', 'Hono'])
  test(`${host}: ${REQUESTS} concurrent requests`, async () => {
    await using app = await observedApp(
      async (path, session) => {
        const canary = path.slice(1);
        await session.set('canary', canary);
        await wait(canary.length % 3);
        await session.set('list', [canary]);
        await wait(Number.parseInt(canary.slice(-1), 36) % 4);
        ((await session.get('list')) as string[]).push(canary);
        await session.cycleKey();
        return { body: String(await session.get('canary')) };
      },
      {
        host,
        options: { secretKey: 'a secret of the tests', database: ':memory:' },
        companion: { limits: { events: 200_000, bytes: 1 << 30 } },
      },
    );
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const ask = (canary: string) =>
      new Promise<string>((resolve, reject) => {
        send({ port: app.port, path: `/${canary}`, agent }, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.once('end', () => resolve(text));
        })
          .once('error', reject)
          .end();
      });
    const canaries = Array.from({ length: REQUESTS }, (_, index) => `canary${(index * 7919 + 46_656).toString(36)}`);
    expect(await Promise.all(canaries.map(ask))).toEqual(canaries);
    agent.destroy();
    const read = () => readAll(app.companion);
    await until(() => read().filter(({ type }) => type === 'exchange-finished').length === REQUESTS, 'every end');
    const events = read();
    const canaryOf = new Map<string, string>();
    for (const event of events)
      if (event.type === 'exchange-started') canaryOf.set(event.exchange, event.path.slice(1));
    expect(canaryOf.size).toBe(REQUESTS);
    const counts = new Map<string, number>();
    let strays = 0;
    for (const event of events) {
      if (event.type !== 'operation-recorded') continue;
      const canary = canaryOf.get(event.exchange!)!;
      counts.set(canary, (counts.get(canary) ?? 0) + 1);
      const values = JSON.stringify([event.before ?? null, event.after ?? null, event.state ?? null]);
      for (const named of values.match(/canary[a-z0-9]+/g) ?? []) if (named !== canary) strays += 1;
    }
    expect(strays).toBe(0);
    // create, set, set, get, nested change, cycle-key, get, save: the same for each.
    expect(new Set(counts.values())).toEqual(new Set([8]));
    expect(counts.size).toBe(REQUESTS);
    const finished = events.filter((event) => event.type === 'exchange-finished');
    expect(finished).toHaveLength(REQUESTS);
    expect(new Set(finished.map(({ sessionAfter }) => sessionAfter)).size).toBe(REQUESTS);
  });
