/** A real app of Nuxt on its own dev server, as docs/nuxt.md shows it: pages that ask their own server, and edits. */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExchangeStarted } from '../../protocol/index.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows } from '../browsers/panel-rows.ts';
import { viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { fileOf, rulesNamed } from '../docs/page-code.ts';
import { type DevServer, linesOf, LOG, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Nuxt can`t be installed';

const VISIT = `export default defineEventHandler(async (event) => {
  const session = await useAppSession(event);
  await session.update({ visits: (session.data.visits ?? 0) + 1 });
  return { visits: session.data.visits, edit: 0 };
});
`;
const handler = (body: string) => `export default defineEventHandler(async (event) => {
  const session = await useAppSession(event);
  ${body}
});
`;
const page = (ask: string) => `<script setup>
const { data } = await ${ask};
</script>
<template><p>visits: {{ data.visits ?? 'none' }}</p></template>
`;

const APP: Record<string, string> = {
  'nuxt.config.ts': `export default defineNuxtConfig({ compatibilityDate: '2026-01-01', devtools: { enabled: false } });\n`,
  'server/utils/session.ts': fileOf('nuxt', 'server/utils/session.ts'),
  'server/api/visit.ts': VISIT,
  'server/api/me.ts': handler('return session.data;'),
  'server/api/forgotten.ts': handler('session.data.forgotten = true;\n  return {};'),
  'server/api/large.ts': handler(`await session.update({ large: 'x'.repeat(5_000) });\n  return {};`),
  'server/api/logout.ts': handler('await session.clear();\n  return {};'),
  'server/api/meet.ts': handler(`globalThis.met ??= [];
  globalThis.met.push(1);
  while (globalThis.met.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.update({ [String(getQuery(event).key)]: true });
  return {};`),
  'server/api/log.ts': `export default defineEventHandler(() => {
  ${LOG}
});
`,
  'app/app.vue': `<template><NuxtPage /></template>\n`,
  'app/pages/lost.vue': page(`useAsyncData('lost', () => $fetch('/api/me'))`),
  'app/pages/kept.vue': page(`useFetch('/api/me')`),
};

/** Of a process on Linux: its threads, and the ports that it listens on. */
function heldBy(pid: number): { threads: number; listening: number } {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  // `0A`: it listens.
  const listening = ['tcp', 'tcp6']
    .flatMap((kind) => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9]!));
  return { threads: readdirSync(`/proc/${pid}/task`).length, listening: listening.length };
}

describe.skipIf(!hasRegistry)(`Nuxt${reason}`, () => {
  let nuxt: DevServer;
  beforeAll(async () => {
    nuxt = await startDevServer({
      lock: 'nuxt',
      files: APP,
      program: (port) => ['node_modules/nuxt/bin/nuxt.mjs', 'dev', '--host', '127.0.0.1', '--port', port],
      environment: { NUXT_SESSION_PASSWORD: 'a password of at least 32 characters' },
      ready: /Local:\s+http/,
    });
  }, 300_000);
  afterAll(async () => {
    await nuxt?.[Symbol.asyncDispose]();
    if (nuxt !== undefined) rmSync(join(nuxt.folder, '.nuxt'), { recursive: true, force: true });
  });

  /** Asked again as long as the worker has not begun. */
  const visit = (path: string) =>
    until(async () => {
      const { headers, body } = await nuxt.ask(path);
      return headers.has('sessionscope') ? body : undefined;
    }, `an answer of ${path}`);

  test('a handler: each operation with its line of the code as it was written', async () => {
    await visit('/api/visit');
    expect(JSON.parse(await visit('/api/visit'))).toMatchObject({ visits: 2 });
    const { operations, finished } = await nuxt.exchangeOf('/api/visit');
    expect(linesOf(operations)).toEqual([
      'load server/utils/session.ts:8',
      'get server/api/visit.ts:3',
      'set server/api/visit.ts:3',
      'save server/api/visit.ts:3',
      'get server/api/visit.ts:4',
    ]);
    expect(finished.verdict).toMatchObject({ record: { reason: 'updated' }, cookie: { outcome: 'set' } });
  });

  test('a page that asks its own server: $fetch loses the cookie, useFetch passes it on', async () => {
    const inner = async (path: string) => {
      const { body, headers } = await nuxt.ask(path);
      // By it the panel knows which line to show where there is none.
      expect(headers.get('x-powered-by')).toBe('Nuxt');
      const all = await nuxt.events();
      const outer = all.findLast((event) => event.type === 'exchange-started' && event.path === path);
      const started = all.findLast(
        (event): event is ExchangeStarted => event.type === 'exchange-started' && event.path === '/api/me',
      );
      expect(started).toMatchObject({ parent: (outer as ExchangeStarted).exchange, kind: 'self' });
      return { body, sent: started!.cookie.sent };
    };
    expect(await inner('/kept')).toMatchObject({ sent: 1, body: expect.stringContaining('visits: 2') as string });
    expect(findingsIn(await nuxt.events()).all).not.toContain('self-request-without-cookie');
    expect(await inner('/lost')).toMatchObject({ sent: 0, body: expect.stringContaining('visits: none') as string });
    expect(findingsIn(await nuxt.events()).all).toContain('self-request-without-cookie');
  });

  test('each trap of its page is found', async () => {
    await nuxt.ask('/api/forgotten');
    await Promise.all([nuxt.ask('/api/meet?key=one'), nuxt.ask('/api/meet?key=two')]);
    for (let visitor = 0; visitor < 3; visitor++) await nuxt.ask('/api/me', { headers: { cookie: '' } });
    await nuxt.ask('/api/large');
    await nuxt.ask('/api/logout');
    await expect
      .poll(async () => findingsIn(await nuxt.events()).all)
      .toEqual(expect.arrayContaining(rulesNamed('nuxt')));
  });

  /** Saves the handler and waits for the worker that has it. */
  const edit = (number: number) =>
    nuxt.edit({ 'server/api/visit.ts': VISIT.replace('edit: 0', `edit: ${number}`) }, async () => {
      // A request that comes as Nuxt replaces its worker may never be answered, with us and without: it is sent again.
      const { headers, body } = await nuxt.ask('/api/visit', { signal: AbortSignal.timeout(5_000) });
      return headers.has('sessionscope') && new RegExp(`"edit":\\s*${number}\\b`).test(body);
    });

  test.runIf(process.platform === 'linux')(
    'ten edits: a log for each worker, and not a thread or a port for each',
    async () => {
      await edit(1);
      const [first] = await nuxt.events();
      const before = await until(() => heldBy(nuxt.pid), 'the process');
      for (let number = 2; number <= 11; number++) await edit(number);
      const events = await nuxt.events();
      expect(new Set(events.map(({ epoch }) => epoch)).size).toBe(1);
      expect(events[0]!.epoch).not.toBe(first!.epoch);
      expect(events.filter(({ type }) => type === 'fault-noted')).toEqual([]);
      const { operations } = await nuxt.exchangeOf('/api/visit');
      expect(linesOf(operations)).toContain('save server/api/visit.ts:3');
      // The worker that was replaced ends by itself. Node begins a thread of its own now and then: fewer than half of ten are no leak of ten.
      await expect.poll(() => heldBy(nuxt.pid).threads, { timeout: 20_000 }).toBeLessThan(before.threads + 5);
      expect(heldBy(nuxt.pid).listening).toBeLessThan(before.listening + 5);
    },
    // Each edit builds the server again, and a request that was lost with a worker takes its 5 s.
    240_000,
  );

  describeIn('chromium')('with the panel open', () => {
    test('an edit of the server: one timeline, with the requests before it, a row that says so, and those after it', async () => {
      await using chromium = await launchChromium();
      const panel = viewPanel(await chromium.showPanel());
      const visitIn = async (number: number) => {
        await edit(number);
        await chromium.page.goto(`${nuxt.origin}/api/visit`);
      };
      await visitIn(20);
      await panel.waitFor('GET /api/visit', '.timeline');
      await visitIn(21);
      await panel.waitFor(/GET \/api\/visit[\s\S]*Server restarted\.[\s\S]*GET \/api\/visit/, '.timeline');
      expect(await panel.text('.timeline')).toContain(
        'The sessions are kept. What was in memory and in the log is lost.',
      );
      const rows = (await readRows(panel.frame)).filter(({ kind }) => kind === 'exchange');
      expect(rows.length).toBeGreaterThanOrEqual(2);
    });
  });
});
