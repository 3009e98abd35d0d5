/** Next.js behind a server of its own with express-session, as docs/nextjs.md shows it: its pages read `req.session`. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileOf } from '../docs/page-code.ts';
import { type DevServer, EVENTS, linesOf, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Next.js can`t be installed';

const PAGE = `export async function getServerSideProps({ req }) {
  req.session.visits = (req.session.visits ?? 0) + 1;
  return { props: { visits: req.session.visits } };
}
export default function Page({ visits }) {
  return <p>visits: {visits}, edit 0</p>;
}
`;

const APP: Record<string, string> = {
  'server.js': fileOf('nextjs', 'server.js'),
  'next.config.mjs': `export default { turbopack: { root: import.meta.dirname } };\n`,
  'pages/index.js': PAGE,
  'pages/api/logout.js': `export default (req, res) => req.session.destroy(() => res.json({}));\n`,
  'pages/api/log.js': `export default (_req, res) => res.json(${EVENTS});\n`,
};

describe.skipIf(!hasRegistry)(`Next.js behind a server of its own${reason}`, () => {
  let next: DevServer;
  beforeAll(async () => {
    next = await startDevServer({
      lock: 'next-server',
      files: APP,
      program: () => ['server.js'],
      environment: { SESSION_SECRET: 'of this test' },
      ready: /Ready on/,
    });
  }, 300_000);
  afterAll(async () => {
    await next?.[Symbol.asyncDispose]();
    if (next !== undefined) rmSync(join(next.folder, '.next'), { recursive: true, force: true });
  });

  test('a page and a route of Next: each operation with its line of the code as it was written', async () => {
    // React writes a comment between two texts.
    expect((await next.ask('/')).body).toMatch(/visits: (?:<!-- -->)?1/);
    const second = await next.ask('/');
    expect(second.body).toMatch(/visits: (?:<!-- -->)?2/);
    expect(second.headers.get('sessionscope')).toContain('exchange=');
    const { operations, finished } = await next.exchangeOf('/');
    expect(linesOf(operations.filter(({ operation }) => operation === 'get' || operation === 'set'))).toEqual([
      'get pages/index.js:2',
      'set pages/index.js:2',
      'get pages/index.js:3',
    ]);
    expect(finished.verdict.record).toMatchObject({ outcome: 'saved' });

    await next.ask('/api/logout');
    const logout = await next.exchangeOf('/api/logout');
    expect(linesOf(logout.operations)).toContain('flush pages/api/logout.js:1');
  });

  test('an edit of a page: one log, and its own files are no requests of a session', async () => {
    const [first] = await next.events();
    await next.edit({ 'pages/index.js': PAGE.replace('edit 0', 'edit 1') }, async () =>
      (await next.ask('/')).body.includes('edit 1'),
    );
    const events = await next.events();
    expect(events[0]!.epoch).toBe(first!.epoch);
    expect(events.filter((event) => event.type === 'exchange-started' && event.path.startsWith('/_next/'))).toEqual([]);
    expect(events.filter(({ type }) => type === 'fault-noted')).toEqual([]);
  });
});
