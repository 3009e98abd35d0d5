/** The traps of h3: what the panel says of each, from what a real app did. */
import { expect, test } from 'vitest';
import { createPanelModel, sentenceText, loadDeferred } from '../../model/index.ts';
import { until } from '../browsers/until.ts';
import type { Running } from '../adapters/conformance/running.ts';
import { type Routes, serve, type VersionName } from './observed-app.ts';

await loadDeferred();

interface Trap {
  version?: VersionName;
  routes: Routes;
  /** Requests, one after the other, by one browser. */
  visits: readonly string[];
  /** Each of them by a browser of its own. */
  isByStrangers?: true;
  /** The rule that names it, and the request at which. */
  named: string;
}

const TRAPS: Record<string, Trap> = {
  'session.data changed in a new session, and update() forgotten': {
    routes: { '/': async ({ use }) => String(((await use()).data['a'] = 1)) },
    visits: ['/'],
    named: 'never-committed at /',
  },
  'session.data changed in a session that was loaded, and update() forgotten': {
    routes: {
      '/login': async ({ use }) => String(await (await use()).update({ cart: [] })),
      '/add': async ({ use }) => String((await use()).data['cart'].push(1)),
    },
    visits: ['/login', '/add'],
    named: 'never-committed at /add',
  },
  'a server that asks itself without the cookie': {
    version: 'h3 1',
    routes: {
      '/page': async ({ use, askItself }) => (await use(), askItself('/api')),
      '/api': async ({ use }) => JSON.stringify((await use()).data),
    },
    visits: ['/page', '/page'],
    named: 'self-request-without-cookie at /api',
  },
  'each visitor has a session with nothing in it': {
    routes: { '/': async ({ use }) => String((await use()).id) },
    visits: ['/', '/', '/'],
    isByStrangers: true,
    named: 'empty-sessions-saved at /',
  },
  'a logout, which ends no copy of the cookie': {
    routes: {
      '/login': async ({ use }) => String(await (await use()).update({ user: 'ann' })),
      '/logout': async ({ use }) => String(await (await use()).clear()),
    },
    visits: ['/login', '/logout'],
    named: 'revoked-cookie-works at /logout',
  },
  'a session that browsers drop, which h3 1 sets anyway': {
    version: 'h3 1',
    routes: { '/': async ({ use }) => String(await (await use()).update({ long: 'x'.repeat(4_000) })) },
    visits: ['/'],
    named: 'cookie-too-large at /',
  },
};

/** Two requests that both begin with the cookie of the login. */
async function twoAtOnce(): Promise<Running> {
  let isIn: () => void = () => undefined;
  const isBoth = new Promise<void>((resolve) => (isIn = resolve));
  const app = await serve({
    '/login': async ({ use }) => String(await (await use()).update({ cart: [] })),
    '/slow': async ({ use }) => {
      const session = await use();
      await isBoth;
      return String(await session.update({ coupon: 1 }));
    },
    '/quick': async ({ use }) => String(await (await use()).update({ cart: [1] })),
  });
  await app.get('/login');
  const slow = app.get('/slow');
  await until(
    () => app.events().some((event) => event.type === 'operation-recorded' && event.operation === 'load') || undefined,
    'its load',
  );
  await app.get('/quick');
  await app.finished('/quick');
  isIn();
  await slow;
  await app.finished('/slow');
  return app;
}

test('two requests at once: the cookie of the one lacks what the other wrote', async () => {
  await using app = await twoAtOnce();
  const panel = createPanelModel();
  panel.receive(app.events());
  const found = panel.findings.value.find(({ rule }) => rule.id === 'sealed-fork')!;
  expect(sentenceText(panel.explainFinding(found)!.sentence)).toMatch(/\bcart\b/);
});

test.each(Object.entries(TRAPS))('%s', async (_name, { version = 'h3 2', routes, visits, named, isByStrangers }) => {
  await using app = await serve(routes, version);
  for (const path of visits) {
    if (isByStrangers === true) app.jar.clear();
    await app.get(path);
    await app.finished(path);
  }
  await until(() => {
    const of = (type: string) => app.events().filter((event) => event.type === type).length;
    return of('exchange-started') === of('exchange-finished');
  }, 'the end of each request');
  const panel = createPanelModel();
  panel.receive(app.events());
  const found = panel.findings.value.map((finding) => ({
    name: `${finding.rule.id} at ${finding.seen.at(-1)!.exchange.started?.path}`,
    text: sentenceText(panel.explainFinding(finding)!.sentence),
  }));
  expect(found.map(({ name }) => name)).toContain(named);
  expect(panel.ruleFaults.value).toEqual([]);
});
