/** A real app of Astro on its own dev server: a page, an endpoint, an action's form, and edits of its code. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevServer, linesOf, LOG, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Astro can`t be installed';

const HOME = `---
const visits = ((await Astro.session.get('visits')) ?? 0) + 1;
Astro.session.set('visits', visits);
---
<p>visits {visits}</p>
`;
/** As docs/astro.md says. */
const MIDDLEWARE = `import { sequence } from 'astro:middleware';
import { observe } from 'sessionscope/astro';

export const onRequest = sequence(observe());
`;
const APP: Record<string, string> = {
  'astro.config.mjs': `import { defineConfig } from 'astro/config';
import node from '@astrojs/node';
export default defineConfig({ output: 'server', adapter: node({ mode: 'standalone' }), devToolbar: { enabled: false } });
`,
  'src/middleware.js': MIDDLEWARE,
  'src/pages/index.astro': HOME,
  'src/pages/logout.js': `export async function POST({ session, redirect }) {
  session.destroy();
  return redirect('/', 303);
}
`,
  'src/pages/about.astro': `---
export const prerender = true;
---
<p>built ahead</p>
`,
  'src/pages/api/log.js': `export function GET() {
  ${LOG}
}
`,
};

describe.skipIf(!hasRegistry)(`Astro${reason}`, () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer({
      lock: 'astro',
      files: APP,
      program: (port) => ['node_modules/astro/bin/astro.mjs', 'dev', '--host', '127.0.0.1', '--port', port],
      ready: /Local\s+http/,
    });
    // The middleware is loaded with the first request.
    await server.ask('/');
  }, 300_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('a page and an endpoint: each operation with its line of the code as it was written', async () => {
    expect((await server.ask('/')).headers.get('sessionscope')).toContain('exchange=');
    const { operations, finished } = await server.exchangeOf('/');
    expect(linesOf(operations).slice(0, 3)).toEqual([
      'load src/pages/index.astro:2',
      'get src/pages/index.astro:2',
      'set src/pages/index.astro:3',
    ]);
    expect(operations.at(-1)).toMatchObject({ operation: 'save', outcome: 'done', state: { visits: 2 } });
    expect(finished).toMatchObject({ verdict: { record: { outcome: 'saved' }, cookie: { outcome: 'set' } } });
    await server.ask('/logout', { method: 'POST', body: new URLSearchParams() });
    const logout = await server.exchangeOf('/logout');
    expect(linesOf(logout.operations)).toEqual(['flush src/pages/logout.js:2']);
    expect(logout.finished).toMatchObject({
      location: '/',
      sessionAfter: null,
      verdict: { record: { outcome: 'deleted' }, cookie: { outcome: 'expired' } },
    });
    expect((await server.ask('/')).body).toContain('visits 1');
  });

  test('a page that is built ahead has no session: Astro has nothing to say of it', async () => {
    expect((await server.ask('/about')).body).toContain('built ahead');
    expect(server.printed()).not.toMatch(/\[session\]|WARN/);
  });

  test('an edit loads the code again: one log, one middleware, and nothing is seen twice', async () => {
    for (let edit = 1; edit <= 3; edit++)
      await server.edit(
        {
          'src/middleware.js': `${MIDDLEWARE}export const edit = ${edit};\n`,
          'src/pages/index.astro': HOME.replace('<p>', `<p>edit ${edit} `),
        },
        async () => (await server.ask('/')).body.includes(`edit ${edit} visits`),
      );
    await server.ask('/');
    const { operations } = await server.exchangeOf('/');
    expect(operations.map(({ operation }) => operation)).toEqual(['load', 'get', 'set', 'save']);
    const all = await server.events();
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    expect(all.findLast((event) => event.type === 'epoch-started')).toMatchObject({
      middlewares: [{ library: 'astro', libraryVersion: '7.3.5', store: 'fs-lite' }],
    });
  });
});
