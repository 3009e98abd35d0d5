/** `sessionscope/vite`: the panel beside a real Vite dev server, from the built package. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, createServer, type Plugin, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packExtension } from '../../scripts/pack-extension.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

let demo: DemoProcess;
let state: string;
let root: string;
let vite: ViteDevServer;
let printed = '';
let devOrigin: string;

beforeAll(async () => {
  await packExtension({ builds: false });
  state = mkdtempSync(join(tmpdir(), 'sessionscope-vite-'));
  vi.stubEnv('XDG_STATE_HOME', state);
  demo = await startDemo({ env: { XDG_STATE_HOME: state } });
  // Below the project, so that it finds the package as an app's own project does.
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  root = mkdtempSync(join(ROOT, '.tmp', 'vite-app-'));
  writeFileSync(join(root, 'index.html'), '<title>shop</title>');
  const logger = createLogger('info');
  logger.info = (text) => {
    printed += `${text}\n`;
  };
  const built = join(ROOT, 'server-companion/node/dist/vite.js');
  const { sessionscope } = (await import(built)) as { sessionscope: (options: { app: string }) => Plugin };
  vite = await createServer({
    root,
    configFile: false,
    customLogger: logger,
    server: { port: 0, host: '127.0.0.1' },
    plugins: [sessionscope({ app: demo.origin })],
  });
  await vite.listen();
  devOrigin = vite.resolvedUrls!.local[0]!.replace(/\/$/, '');
});
afterAll(async () => {
  await vite?.close();
  await demo?.[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  for (const folder of [state, root]) rmSync(folder, { recursive: true, force: true });
});

test('prints a link to the panel; its page and its path give nothing away', async () => {
  const link = await until(() => /http:\/\/127\.0\.0\.1:\d+\/#\S+/.exec(printed)?.[0], 'the link');
  const { origin, hash } = new URL(link);
  expect(origin).not.toBe(devOrigin);
  const words = await (await fetch(`${devOrigin}/__sessions`)).text();
  expect(words).toContain('in the terminal');
  expect(words + (await (await fetch(`${devOrigin}/`)).text())).not.toContain(hash.slice(1));
  const post = (path: string, from: string, body: object, key = '') =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: from, 'sessionscope-page': key },
      body: JSON.stringify(body),
    });
  expect((await post('/enter', devOrigin, { link: hash.slice(1) })).status).toBe(403);
  const { key } = (await (await post('/enter', origin, { link: hash.slice(1) })).json()) as { key: string };
  expect(await (await post('/app', origin, {}, key)).json()).toEqual({ url: demo.origin });
  expect((await post('/app/hello', origin, { versions: [1] }, key)).status).toBe(200);
  expect(await (await post('/app/check', origin, {}, key)).json()).toEqual({ pairing: 'paired' });
  expect((await post('/app/check', devOrigin, {}, key)).status).toBe(403);
  expect(await (await fetch(`${origin}/`)).text()).toContain('<div id="root">');
  await vite.close();
  await expect(fetch(`${origin}/`)).rejects.toThrow();
});
