/** A real app of Nitro 2 on its own dev server, which runs it in a worker: h3's sessions, and a server that asks itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExchangeFinished, ExchangeStarted, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import { until } from '../browsers/until.ts';
import { type DevServer, linesOf, LOG, startDevServer } from './dev-server.ts';
import { forgetLog, REDIS, redisTest } from '../shared-log/rig.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Nitro can`t be installed';

const HOME = `export default defineEventHandler(async (event) => {
  const session = await useAppSession(event);
  await session.update({ visits: (session.data.visits ?? 0) + 1 });
  return \`visits \${session.data.visits}\`;
});
`;

/** As docs/h3.md says. */
const APP: Record<string, string> = {
  'nitro.config.ts': `export default defineNitroConfig({ srcDir: 'server', compatibilityDate: '2026-01-01' });`,
  'server/utils/session.ts': `import * as h3 from 'h3';
import { observe } from 'sessionscope/h3';

const { useSession } = observe(h3);

export const useAppSession = (event: h3.H3Event) =>
  useSession(event, { password: 'a password of at least 32 characters', cookie: { secure: false } });
`,
  'server/routes/index.ts': HOME,
  'server/routes/page.ts': `export default defineEventHandler(async (event) => {
  await useAppSession(event);
  return $fetch('/api/me');
});
`,
  'server/routes/api/me.ts': `export default defineEventHandler(async (event) => (await useAppSession(event)).data);
`,
  'server/routes/api/log.ts': `export default defineEventHandler(() => {
  ${LOG}
});
`,
};

interface Visit {
  body: string;
  operations: OperationRecorded[];
  finished: ExchangeFinished;
  /** What the worker that answered holds. */
  events: SessionscopeEvent[];
}

describe.skipIf(!hasRegistry)(`Nitro${reason}`, () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer({
      lock: 'nitro',
      files: APP,
      program: (port) => ['node_modules/nitropack/dist/cli/index.mjs', 'dev', '--host', '127.0.0.1', '--port', port],
      ready: /Local:\s+http/,
    });
  }, 300_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** Asked again as long as the worker has not begun. */
  const visit = (path: string): Promise<Visit> =>
    until(async () => {
      const { headers, body } = await server.ask(path);
      const id = /exchange="(\w+)"/.exec(headers.get('sessionscope') ?? '')?.[1];
      if (id === undefined) return undefined;
      const events = await server.events();
      const own = events.filter((event) => 'exchange' in event && event.exchange === id);
      const finished = own.find((event): event is ExchangeFinished => event.type === 'exchange-finished');
      const operations = own.filter((event): event is OperationRecorded => event.type === 'operation-recorded');
      return finished && { body, finished, operations, events };
    }, `the end of ${path}`);

  test('a new session and a visit: each operation with its line of the code as it was written', async () => {
    const first = await visit('/');
    expect(first.body).toMatch(/^visits \d+$/);
    expect(linesOf(first.operations).slice(-4)).toEqual([
      'get server/routes/index.ts:3',
      'set server/routes/index.ts:3',
      'save server/routes/index.ts:3',
      'get server/routes/index.ts:4',
    ]);
    const { operations, finished, events } = await visit('/');
    expect(operations[0]).toMatchObject({ operation: 'load', outcome: 'found' });
    expect(operations[0]!.source!.frames.map(({ file }) => file)).toEqual([
      'server/utils/session.ts',
      'server/routes/index.ts',
    ]);
    expect(finished.verdict).toMatchObject({ record: { reason: 'updated' }, cookie: { outcome: 'set' } });
    expect(events[0]).toMatchObject({ middlewares: [{ library: 'h3', libraryVersion: '1.15.11' }] });
  });

  test('$fetch of a route of its own: a request inside the other, without the cookie', async () => {
    const { finished, events } = await visit('/page');
    const inner = events.findLast(
      (event): event is ExchangeStarted => event.type === 'exchange-started' && event.path === '/api/me',
    );
    expect(inner).toMatchObject({ parent: finished.exchange, kind: 'self', cookie: { sent: 0 } });
    const ended = events.find((event) => event.type === 'exchange-finished' && event.exchange === inner!.exchange);
    expect(ended).toMatchObject({ verdict: { record: { reason: 'begun-and-saved' } } });
  });

  redisTest('with a log in Redis an edit begins no new one: the requests before it are there', async () => {
    const session = APP['server/utils/session.ts']!.replace('observe(h3)', `observe(h3, { log: '${REDIS}' })`);
    /** Saves the handler, and asks until the worker that has it answers. */
    const edit = (number: number, more: Record<string, string> = {}) =>
      server.edit(
        { ...more, 'server/routes/index.ts': HOME.replace('visits $', `edit ${number}, visits $`) },
        async () => {
          // A request that comes as Nitro replaces its worker may never be answered, with us and without.
          const { headers, body } = await server.ask('/', { signal: AbortSignal.timeout(5_000) });
          return headers.has('sessionscope') && body.startsWith(`edit ${number},`);
        },
      );
    await edit(1, { 'server/utils/session.ts': session });
    const { headers } = await server.ask('/');
    const [, app] = /app="([\w-]+)"/.exec(headers.get('sessionscope')!)!;
    const [, first] = /exchange="(\w+)"/.exec(headers.get('sessionscope')!)!;
    const epoch = (
      await until(
        async () => (await server.events()).find((event) => 'exchange' in event && event.exchange === first),
        'the shared log',
      )
    ).epoch;
    try {
      for (let number = 2; number <= 4; number++) await edit(number);
      const events = await until(async () => {
        const all = await server.events();
        return all.some((event) => event.type === 'exchange-finished' && event.exchange === first) ? all : undefined;
      }, 'the events of the workers before');
      expect(new Set(events.map((event) => event.epoch))).toEqual(new Set([epoch]));
      expect(events.filter(({ type }) => type === 'fault-noted')).toEqual([]);
    } finally {
      await forgetLog(app!);
    }
  });
});
