/**
 * `npm start [-- django-sessions | express | django] [--no-build]`: builds what is needed, serves that demo, and opens a browser with
 * the extension and DevTools on the Sessions panel. With no display the browser walks through the demo alone, prints
 * what the panel shows as it happens, and leaves a picture; with no browser the demo is served and the way to load the
 * extension is said.
 */
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs, stripVTControlCharacters, styleText } from 'node:util';
import { Listr } from 'listr2';
import { type Chromium, launchChromium } from '../tests/browsers/chromium.ts';
import { settle } from '../tests/browsers/panel-rows.ts';
import { ensureBrowser, installAdvice } from './browsers.ts';
import { DEFAULT_DEMO, type Demo, DEMOS, type DemoName } from './demos.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';
import { createReport } from './walk-report.ts';
import { LOST_UPDATE, showLostUpdate, stopsOf, walk } from './walk.ts';

const PORT = Number(process.env['PORT'] ?? 3000);
const PICTURE = join(ROOT, '.output', 'sessions-panel.png');

/** Ended when we are, newest first. */
const closers: (() => Promise<void> | void)[] = [];
/** Ends the commands that build. */
const ending = new AbortController();
let isStopping = false;

async function stop(code: number): Promise<never> {
  isStopping = true;
  ending.abort();
  for (const close of closers.splice(0).toReversed()) await Promise.resolve(close()).catch(() => {});
  process.exit(code);
}
/** One Ctrl-C comes more than once: from the terminal, and passed on by npm. A later one means it. */
const SAME_KEYSTROKE_MS = 1_000;
let stoppedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (isStopping) {
      if (Date.now() - stoppedAt > SAME_KEYSTROKE_MS) process.exit(130);
      return;
    }
    stoppedAt = Date.now();
    console.log('\nStopping.');
    void stop(130);
  });

/** Whatever was under way when we stop fails for want of a browser: that is no error of its own. */
for (const event of ['unhandledRejection', 'uncaughtException'] as const)
  process.on(event, (error: unknown) => {
    if (isStopping) return;
    console.error(error);
    void stop(1);
  });

const hasDisplay =
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-build': { type: 'boolean', default: false } },
});
const name = chosen(positionals[0] ?? DEFAULT_DEMO);
const demo: Demo = DEMOS[name];

try {
  if (!values['no-build']) await build();
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

function chosen(word: string): DemoName {
  if (Object.hasOwn(DEMOS, word)) return word as DemoName;
  console.error(`There is no demo ${word}. There are: ${Object.keys(DEMOS).join(', ')}.`);
  process.exit(1);
}

/** Each step shows that it is under way, and what it said where it failed. */
async function build(): Promise<void> {
  const step = (title: string, command: string, args: string[], cwd = ROOT) => ({
    title,
    task: async () => {
      const { code, output } = await run(command, args, { cwd, signal: ending.signal });
      if (code !== 0)
        throw new Error(`${command} ${args.join(' ')} failed:\n${stripVTControlCharacters(output).trim()}`);
    },
  });
  const { packages, prepare } = demo;
  const steps = [
    ...packages.map((folder) => step(`build ${folder}`, 'tsdown', [], join(ROOT, folder))),
    step('build the extension', 'wxt', ['build']),
    ...(prepare === undefined ? [] : [{ title: prepare.title, task: () => prepare.work() }]),
  ];
  try {
    await new Listr(steps).run();
  } catch (error) {
    // The list has shown it, where it has words of its own; a plain terminal wants them here.
    throw new Error(`${(error as Error).message}\nThe demo was not started.`, { cause: error });
  }
}

/** The demo, observed; gives its origin. */
async function serve(): Promise<string> {
  const served = await demo.serve(PORT);
  closers.push(served.close);
  const origin = `http://127.0.0.1:${served.port}`;
  const taken = served.port === PORT ? '' : `Port ${PORT} is taken. `;
  console.log(`${taken}The demo (${demo.says}): ${styleText('bold', `${origin}/`)}`);
  return origin;
}

async function openBrowser(options: Parameters<typeof launchChromium>[0]): Promise<Chromium> {
  const launching = launchChromium({ ...options, handleSignals: false });
  // Known before it has started: a Ctrl-C meanwhile must not leave it behind.
  closers.push(async () => (await launching).close());
  return launching;
}

async function openWindow(origin: string): Promise<void> {
  const chromium = await openBrowser({ headless: false, docked: true });
  chromium.browser.once('disconnected', () => {
    if (isStopping) return;
    console.log('The browser was closed.');
    void stop(0);
  });
  const panel = await chromium.showPanel();
  console.log('DevTools is open on the Sessions panel.');
  await LOST_UPDATE.act(chromium.page, origin);
  await settle(panel);
  reportBug(await showLostUpdate(panel));
  console.log('\nClick in the page for more. Ctrl-C ends all of it.');
}

async function walkAlone(origin: string): Promise<void> {
  console.log('No display: a headless browser walks through the demo. What the Sessions panel shows, as it happens:');
  const { page, devtools, showPanel } = await openBrowser({ headless: true, height: 1400 });
  const panel = await showPanel();
  const report = createReport((line) => console.log(line));
  await walk(
    { page, panel, origin, stops: stopsOf(name) },
    {
      stop({ says }) {
        report.flush();
        console.log(`\n${styleText('bold', says)}`);
      },
      row: report.row,
      finding({ title, sentence }) {
        console.log(styleText('red', `       ${title}: ${sentence}`));
      },
    },
  );
  report.flush();
  const bug = await showLostUpdate(panel);
  await devtools.setViewport({ width: 1440, height: 900 });
  await wait(300);
  mkdirSync(join(ROOT, '.output'), { recursive: true });
  await devtools.screenshot({ path: PICTURE });
  reportBug(bug);
  console.log(`\nThe panel as a picture: ${relative(process.cwd(), PICTURE)}`);
  await stop(0);
}

/** What the panel is left on. */
function reportBug(words: string | undefined): void {
  console.log(`\n${styleText('bold', 'A bug found: the later of two requests wrote its older copy back')}`);
  if (words !== undefined) console.log(words.replaceAll(/^/gm, '  '));
}

function sayByHand(origin: string): void {
  console.log(`No browser was started; the demo is running anyway. To see the panel:
  1. ${installAdvice('chromium')}, and start again;
  2. or load ${relative(process.cwd(), join(ROOT, '.output', 'chrome-mv3'))} by hand: chrome://extensions, Developer mode, Load unpacked;
     then open ${origin}/, DevTools, and the Sessions panel.
Ctrl-C ends the server.`);
}
