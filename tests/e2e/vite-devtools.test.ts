/** The dock of the real Vite DevTools, in a real browser: its button opens the panel in the developer's browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browsers.ts';
import { packExtension } from '../../scripts/pack-extension.ts';
import { ROOT } from '../../scripts/project.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { PATIENCE_MS, until } from '../browsers/until.ts';
import { installLocked, registryAnswers } from '../packaging/packed.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Vite DevTools can`t be installed';

describeIn('chromium')(`the dock of Vite DevTools${reason}`, () => {
  let demo: DemoProcess;
  let root: string;
  let vite: ChildProcess;
  let printed = '';
  /** What Vite printed, without the colors that it has where `CI` is set. */
  const output = () => stripVTControlCharacters(printed);
  let browser: Browser;

  beforeAll(async () => {
    if (!hasRegistry) return;
    await packExtension({ builds: false });
    const installed = installLocked('vite-devtools');
    root = mkdtempSync(join(installed, 'app-'));
    const packaged = join(installed, 'node_modules', 'sessionscope');
    if (!existsSync(packaged)) symlinkSync(join(ROOT, 'server-companion', 'node'), packaged);
    demo = await startDemo({ env: { XDG_STATE_HOME: root } });
    writeFileSync(join(root, 'index.html'), '<title>shop</title>');
    writeFileSync(
      join(root, 'vite.config.mjs'),
      `import { DevTools } from '@vitejs/devtools';
import { sessionscope } from 'sessionscope/vite';
export default { plugins: [DevTools(), sessionscope({ app: '${demo.origin}' })], server: { port: 0, host: '127.0.0.1' } };
`,
    );
    // The developer's browser: says what it is opened with.
    const own = join(root, 'browser');
    writeFileSync(own, `#!/bin/sh\nprintf '%s' "$1" > '${join(root, 'opened')}'\n`, { mode: 0o755 });
    vite = spawn(process.execPath, [join(installed, 'node_modules', 'vite', 'bin', 'vite.js')], {
      cwd: root,
      // As a developer has it who has typed the dock's code into it.
      env: { ...process.env, XDG_STATE_HOME: root, BROWSER: own, VITE_DEVTOOLS_DISABLE_CLIENT_AUTH: 'true' },
    });
    for (const stream of [vite.stdout!, vite.stderr!])
      stream.on('data', (chunk: Buffer) => void (printed += chunk.toString()));
    browser = await launch({
      executablePath: findBrowser('chromium')!,
      timeout: PATIENCE_MS,
      headless: true,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run'],
    });
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    if (vite !== undefined && vite.exitCode === null) {
      vite.kill();
      await once(vite, 'exit');
    }
    await demo?.[Symbol.asyncDispose]();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  /** Presses a button, by its words or its name, wherever its shadow root is. */
  const press = (page: Page, words: string) =>
    until(
      () =>
        page.evaluate((wanted) => {
          const found: HTMLElement[] = [];
          const walk = (root: ParentNode) => {
            for (const element of root.querySelectorAll<HTMLElement>('*')) {
              if (element.shadowRoot !== null) walk(element.shadowRoot);
              if (element.tagName !== 'BUTTON') continue;
              const names = [element.title, element.getAttribute('aria-label'), element.textContent?.trim()];
              if (names.includes(wanted)) found.push(element);
            }
          };
          walk(document);
          found.at(-1)?.click();
          return found.length > 0 || undefined;
        }, words),
      `the button ${words}`,
    );

  test.skipIf(!hasRegistry)(
    'opens the panel, whose link the page with the dock never has',
    async () => {
      const address = await until(() => {
        if (vite.exitCode !== null) throw new Error(`Vite ended: ${output()}`);
        return /Local:\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(output())?.[1];
      }, 'Vite');
      await until(() => /Sessions: http/.test(output()) || undefined, 'the panel`s own port');
      const page = await browser.newPage();
      const received: string[] = [];
      const session = await page.createCDPSession();
      await session.send('Network.enable');
      session.on('Network.webSocketFrameReceived', ({ response }) => received.push(response.payloadData));
      await page.goto(address);
      await press(page, 'Sessions');
      await press(page, 'Open the Sessions panel');
      const opened = await until(
        () => (existsSync(join(root, 'opened')) ? readFileSync(join(root, 'opened'), 'utf8') || undefined : undefined),
        'the browser',
      );
      // No secret in an argument: every user of the machine can list them.
      expect(opened).toMatch(/^file:\/\/.+\.html$/);
      expect(statSync(fileURLToPath(opened)).mode & 0o777).toBe(0o600);
      const link = /http:\/\/127\.0\.0\.1:\d+\/#([\w-]+)/.exec(readFileSync(fileURLToPath(opened), 'utf8'))![1]!;
      const panel = await browser.newPage();
      await panel.goto(opened);
      await until(
        // It leaves the file for the panel's own port meanwhile.
        async () =>
          /Live · paired/.test(await panel.evaluate(() => document.body.innerText).catch(() => '')) || undefined,
        'the panel',
      );
      expect(new URL(panel.url()).hash).toBe('');
      expect(received.length).toBeGreaterThan(0);
      expect(received.join('\n') + (await page.content())).not.toContain(link);
      expect(output()).toContain('opened in your browser');
    },
    300_000,
  );
});
