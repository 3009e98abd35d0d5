/** `npx sessionscope ui`: the built panel as a page in real browsers without the extension, fed by the command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browsers.ts';
import { packExtension } from '../../scripts/pack-extension.ts';
import { ROOT } from '../../scripts/project.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { PATIENCE_MS, until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

const COMMAND = join(ROOT, 'server-companion', 'node', 'dist', 'cli.js');

let demo: DemoProcess;
let state: string;

beforeAll(async () => {
  await packExtension({ builds: false });
  state = mkdtempSync(join(tmpdir(), 'sessionscope-ui-'));
  demo = await startDemo({ env: { XDG_STATE_HOME: state } });
});
afterAll(async () => {
  await demo?.[Symbol.asyncDispose]();
  rmSync(state, { recursive: true, force: true });
});

interface Ui extends AsyncDisposable {
  /** The newest link that was printed. */
  link(): string;
  child: ChildProcess;
}

async function startUi(...more: string[]): Promise<Ui> {
  const child = spawn(process.execPath, [
    COMMAND,
    'ui',
    demo.origin,
    '--state-dir',
    join(state, 'sessionscope'),
    ...more,
  ]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const links = () => output.match(/http:\/\/127\.0\.0\.1:\d+\/#\S+/g) ?? [];
  await until(() => links().length > 0 || undefined, `the link; printed: ${output}`);
  return {
    link: () => links().at(-1)!,
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

const words = (page: Page, selector = 'body') =>
  page.evaluate((found) => document.querySelector<HTMLElement>(found)?.innerText ?? '', selector);
const waitFor = (page: Page, text: string, selector?: string) =>
  until(async () => (await words(page, selector)).includes(text) || undefined, `${text} in the page`);

/** A visitor without the panel: a session of its own. */
async function visit(path: string, cookie = ''): Promise<string> {
  const response = await fetch(demo.origin + path, { headers: { cookie } });
  await response.text();
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
}

describe.each(['chromium', 'firefox'] as const)('%s', (name) => {
  describeIn(name)('the panel as a page', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch({
        browser: name === 'firefox' ? 'firefox' : 'chrome',
        executablePath: findBrowser(name)!,
        timeout: PATIENCE_MS,
        args: name === 'chromium' && process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      });
    });
    afterAll(() => browser?.close());

    test('shows every session as it happens, paired by itself; a link opens it once, a reload keeps it', async () => {
      await using ui = await startUi();
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      await page.setViewport({ width: 1200, height: 700 });
      const link = ui.link();
      await page.goto(link);
      await waitFor(page, 'Live', '.link');
      await waitFor(page, 'paired', '.link');
      expect(page.url()).not.toContain('#');
      const cookie = await visit('/set_session/');
      await waitFor(page, 'GET /set_session/', '.timeline');
      await visit('/get_session/', cookie);
      await waitFor(page, 'GET /get_session/', '.timeline');
      // What only DevTools knows is said to be not known.
      expect(await words(page, '.status-line')).toContain('browser not seen');
      expect(await words(page, '.timeline')).not.toContain('another tab or client');
      expect(await words(page, '.tools')).not.toContain('This tab');
      await page.click('.timeline .row.exchange');
      await page.click('#tab-state');
      await page.evaluate(() =>
        [...document.querySelectorAll('button')].find(({ innerText }) => innerText === 'Read the store now')!.click(),
      );
      await waitFor(page, 'The store holds this record.');
      mkdirSync(join(ROOT, '.tmp'), { recursive: true });
      await page.screenshot({ path: join(ROOT, '.tmp', `ui-${name}.png`) as `${string}.png` });
      await page.reload();
      await waitFor(page, 'GET /get_session/', '.timeline');

      const other = await browser.newPage();
      await other.goto(link);
      await waitFor(other, 'This link was used already');
      ui.child.stdin!.write('\n');
      await until(() => ui.link() !== link || undefined, 'another link');
      await other.goto('about:blank');
      await other.goto(ui.link());
      await waitFor(other, 'GET /get_session/', '.timeline');
      expect(faults.filter((fault) => !/403/.test(fault))).toEqual([]);
    });

    test('a page of another origin reads nothing of it, frames it not, and uses up no link', async () => {
      await using ui = await startUi();
      const hostile = await browser.newPage();
      await hostile.goto(`${demo.origin}/`);
      const { origin, hash } = new URL(ui.link());
      const got = await hostile.evaluate(
        async (target, link) => {
          const words = (promise: Promise<unknown>) =>
            promise.then(
              () => 'read',
              () => 'refused',
            );
          const load = (tag: 'script' | 'img', url: string) =>
            words(
              new Promise((resolve, reject) => {
                const element = document.createElement(tag);
                element.addEventListener('load', resolve);
                element.addEventListener('error', reject);
                element.src = url;
                document.body.append(element);
              }),
            );
          const post = {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ link }),
          };
          const frame = document.createElement('iframe');
          frame.src = `${target}/#${link}`;
          document.body.append(frame);
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          return [
            await words(fetch(`${target}/`)),
            await words(fetch(`${target}/`, { mode: 'no-cors' })),
            await words(fetch(`${target}/enter`, post)),
            await load('script', `${target}/`),
            // Without a preflight: it arrives, and is refused for its Origin and its type.
            await words(fetch(`${target}/enter`, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ link }) })),
          ];
        },
        origin,
        hash.slice(1),
      );
      expect(got).toEqual(['refused', 'refused', 'refused', 'refused', 'refused']);
      const page = await browser.newPage();
      await page.goto(ui.link());
      await waitFor(page, 'Live', '.link');
    });
  });
});
