/**
 * Makes `recordings/*.json`, traces of public apps: `npm run build && node tests/public-apps/record.ts [drf wagtail …]`.
 * Each is installed from its registry into a folder of its own, started with the companion and no changed line, used in
 * real Chromium as a person uses it, and saved by the panel's own *Save as a trace*.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/project.ts';
import { launchChromium } from '../browsers/chromium.ts';
import { settle } from '../browsers/panel-rows.ts';
import { viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { APPS, type PublicApp } from './apps.ts';

const FOLDER = join(import.meta.dirname, 'recordings');

function run(folder: string, program: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
}

function install(folder: string, packages: readonly string[]): void {
  if (packages.some((name) => name.includes('=='))) {
    run(folder, 'python3', '-m', 'venv', '.venv');
    run(folder, '.venv/bin/pip', 'install', '-q', ...packages, join(ROOT, 'server-companion', 'python'));
  } else {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', ...packages, join(ROOT, 'server-companion', 'node'));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Where the app lay on this machine is nobody's business. */
function withoutPlaces(text: string, folder: string): string {
  const trace = JSON.parse(text) as { events: { type: string; root?: string; project?: string }[] };
  for (const event of trace.events) if (event.type === 'epoch-started') delete event.root;
  // One entry a line: a later recording's differences can be read.
  const lines = Object.entries(trace).map(([name, value]) =>
    Array.isArray(value) && value.length > 0
      ? `  ${JSON.stringify(name)}: [\n${value.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`
      : `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`.replaceAll(folder, '/shop');
}

async function record(name: string, app: PublicApp): Promise<void> {
  const folder = join(mkdtempSync(join(tmpdir(), 'sessionscope-public-')), 'shop');
  mkdirSync(folder);
  install(folder, app.packages);
  app.make(folder);
  const port = await freePort();
  const [program, ...words] = app.command(port);
  const server = spawn(program, words, {
    cwd: folder,
    env: { ...process.env, PORT: String(port), NODE_ENV: 'development', XDG_STATE_HOME: join(folder, '.state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let terminal = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (terminal += String(data)));
  try {
    const origin = `http://127.0.0.1:${port}`;
    await until(async () => {
      if (server.exitCode !== null) throw new Error(`${name} ended: ${terminal}`);
      return fetch(origin + app.path).then(
        () => true,
        () => false,
      );
    }, `${name} to answer`);
    await using chromium = await launchChromium();
    const downloads = await chromium.browser.target().createCDPSession();
    await downloads.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
    const panel = viewPanel(await chromium.showPanel());
    await chromium.page.goto(origin + app.path);
    await settle(panel.frame);
    await app.walk(chromium.page, origin);
    await settle(panel.frame);
    await panel.press('.tools .more');
    await panel.waitFor('Save as a trace', '[role=menu]');
    await panel.pressItem('Save as a trace');
    const file = await until(() => readdirSync(folder).find((found) => /^sessions-.*\.json$/.test(found)), 'the file');
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${name}.json`), withoutPlaces(readFileSync(join(folder, file), 'utf8'), folder));
    console.log(`${name}: ${(await panel.text('footer')) || (await panel.text('.statusbar'))}`);
  } catch (error) {
    console.error(terminal.slice(-3_000));
    throw error;
  } finally {
    server.kill();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
}

const chosen = process.argv.slice(2);
for (const [name, app] of Object.entries(APPS))
  if (chosen.length === 0 || chosen.includes(name)) await record(name, app);
