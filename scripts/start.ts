/**
 * `npm start`: builds what is needed, serves the demo, and opens a browser with the extension and DevTools on the
 * Sessions panel. With no display the browser walks through the demo alone, prints what the panel shows and leaves a
 * picture; with no browser the demo is served and the way to load the extension is said.
 */
import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { stripVTControlCharacters, styleText } from 'node:util';
import { Listr } from 'listr2';
import { type Chromium, launchChromium } from '../tests/browsers/chromium.ts';
import type { PanelRow } from '../tests/browsers/panel-rows.ts';
import { ensureBrowser, installAdvice } from './browsers.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';
import { walk } from './walk.ts';

const PORT = Number(process.env['PORT'] ?? 3000);
const PICTURE = join(ROOT, '.output', 'sessions-panel.png');
const DATABASE = join(ROOT, '.tmp', 'demo.sqlite3');

const closers: (() => Promise<void> | void)[] = [];
let isStopping = false;

/** Ends what was started, newest first. */
async function stop(code: number): Promise<never> {
  isStopping = true;
  for (const close of closers.splice(0).toReversed()) await Promise.resolve(close()).catch(() => {});
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (isStopping) process.exit(130);
    console.log('\nStopping.');
    void stop(130);
  });

const hasDisplay =
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

try {
  await build().catch(() => stop(1));
  const origin = await serve();
  const executable = await ensureBrowser('chromium');
  if (executable === undefined) sayByHand(origin);
  else if (hasDisplay) await openWindow(origin);
  else await walkAlone(origin);
} catch (error) {
  if (!isStopping) {
    console.error(error instanceof Error ? error.message : error);
    await stop(1);
  }
}

/** The list itself shows what failed. */
async function build(): Promise<void> {
  const step = (title: string, command: string, ...args: string[]) => ({
    title,
    task: async () => {
      const { code, output } = await run(command, args);
      if (code !== 0)
        throw new Error(`${command} ${args.join(' ')} failed:\n${stripVTControlCharacters(output).trim()}`);
    },
  });
  await new Listr([
    step('build the companion', 'npm', 'run', 'build', '-w', 'server-companion'),
    step('build the extension', 'wxt', 'build'),
  ]).run();
}

/** The demo, observed; gives its origin. */
async function serve(): Promise<string> {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  // Imported only now: it needs the companion that was just built.
  const { createDemo } = await import('../playground/express/demo.ts');
  const server = createServer(createDemo({ database: DATABASE, companion: { enabled: true } }) as RequestListener);
  const { port } = await listen(server);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${port}`;
  console.log(`${port === PORT ? '' : `Port ${PORT} is taken. `}The demo: ${styleText('bold', `${origin}/`)}`);
  return origin;
}

/** On the wanted port, or a free one where that is taken. */
function listen(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(new Error(`The demo could not start: ${error.message}`));
      return server.listen(0, '127.0.0.1');
    });
    server.once('listening', () => resolve(server.address() as AddressInfo));
    server.listen(PORT, '127.0.0.1');
  });
}

async function openBrowser(options: Parameters<typeof launchChromium>[0]): Promise<Chromium> {
  const chromium = await launchChromium({ ...options, handleSignals: false });
  closers.push(chromium.close);
  return chromium;
}

async function openWindow(origin: string): Promise<void> {
  const chromium = await openBrowser({ headless: false, docked: true });
  chromium.browser.once('disconnected', () => {
    if (isStopping) return;
    console.log('The browser was closed.');
    void stop(0);
  });
  await chromium.showPanel();
  await chromium.page.goto(`${origin}/`);
  console.log('DevTools is open on the Sessions panel. Click in the page. Ctrl-C ends all of it.');
}

async function walkAlone(origin: string): Promise<void> {
  console.log('No display: a headless browser walks through the demo. What the Sessions panel shows:');
  const { page, devtools, showPanel } = await openBrowser({ headless: true, height: 1400 });
  const panel = await showPanel();
  await walk({ page, panel, origin }, (stop, rows) => {
    console.log(`\n${styleText('bold', stop.says)}`);
    // What DevTools itself asks of every page is no part of the walk.
    for (const row of rows) if (row.cells[2] !== 'DevTools') console.log(lineOf(row));
  });
  await devtools.setViewport({ width: 1440, height: 900 });
  mkdirSync(join(ROOT, '.output'), { recursive: true });
  await devtools.screenshot({ path: PICTURE });
  console.log(`\nThe panel as a picture: ${relative(process.cwd(), PICTURE)}`);
  await stop(0);
}

function lineOf({ kind, number, cells }: PanelRow): string {
  if (kind === 'exchange') {
    const [request, changes, , status, session, record, cookie, time] = cells;
    const verdict = [status, session, `record ${record}`, `cookie ${cookie}`, time].join(' · ');
    return `  ${`#${number}`.padEnd(5)}${[request, changes].filter(Boolean).join(' ')}  ${styleText('dim', verdict)}`;
  }
  const [at = '', operation = '', path, mark, value, source] = cells;
  const words = [path, mark && `[${mark}]`, value].filter(Boolean).join(' ');
  return `  ${at.padStart(7)}  ${operation.padEnd(10)} ${words}  ${styleText('dim', source ?? '')}`;
}

function sayByHand(origin: string): void {
  console.log(`Without a browser of ours the demo is served all the same. To see the panel:
  1. ${installAdvice('chromium')}, and start again;
  2. or load ${relative(process.cwd(), join(ROOT, '.output', 'chrome-mv3'))} by hand: chrome://extensions, Developer mode, Load unpacked;
     then open ${origin}/, DevTools, and the Sessions panel.
Ctrl-C ends the server.`);
}
