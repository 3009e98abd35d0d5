/** A real Chromium with the real extension and real DevTools, headless or not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Frame, launch, type Page } from 'puppeteer-core';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { findBrowser } from '../../scripts/browsers.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from './until.ts';

export interface ChromiumOptions {
  headless?: boolean;
  theme?: 'light' | 'dark';
  /** Window of DevTools, px. */
  width?: number;
  height?: number;
  /** Beside the page instead of in a window of its own. */
  docked?: boolean;
  extension?: string;
  /** DevTools opens with the page; default true. */
  opensDevtools?: boolean;
  /** More arguments for Chromium. */
  args?: string[];
  /** Close the browser on SIGINT and the like; default true. */
  handleSignals?: boolean;
}

export interface Chromium extends AsyncDisposable {
  browser: Browser;
  /** The inspected page. */
  page: Page;
  /** The DevTools window. */
  readonly devtools: Page;
  /** Opens DevTools on a page that was loaded without it. */
  openDevtools(): Promise<void>;
  /** Selects the Sessions panel and gives its frame. */
  showPanel(): Promise<Frame>;
  close(): Promise<void>;
}

export const CHROME_BUILD = join(ROOT, '.output', 'chrome-mv3');

/** Starts it. Throws where there is no Chromium: ask `findBrowser` first. */
export async function launchChromium({
  headless = true,
  theme = 'light',
  width = 1440,
  height = 900,
  docked = false,
  extension = CHROME_BUILD,
  handleSignals = true,
  opensDevtools = true,
  args = [],
}: ChromiumOptions = {}): Promise<Chromium> {
  const executablePath = findBrowser('chromium');
  if (executablePath === undefined) throw new Error('No Chromium was found.');
  const userDataDir = mkdtempSync(join(tmpdir(), 'sessionscope-chromium-'));
  writePreferences(userDataDir, theme, docked);
  const browser = await launch({
    executablePath,
    headless,
    pipe: true,
    devtools: opensDevtools,
    enableExtensions: [extension],
    userDataDir,
    defaultViewport: null,
    handleSIGINT: handleSignals,
    handleSIGTERM: handleSignals,
    handleSIGHUP: handleSignals,
    // A root's container has no sandbox; without the background flags a closed network refuses many requests at once.
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--window-size=1600,1000',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
  const [page = await browser.newPage()] = await browser.pages();
  const close = async () => {
    await browser.close();
    rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  let devtools: Page | undefined;
  const findDevtools = async () => {
    const target = await until(
      () => browser.targets().find((candidate) => candidate.url().startsWith('devtools://')),
      'the DevTools window',
    );
    devtools = await target.asPage();
    if (headless) await devtools.setViewport({ width, height });
  };
  if (opensDevtools) await findDevtools();
  return {
    browser,
    page,
    get devtools() {
      if (devtools === undefined) throw new Error('DevTools is not open yet.');
      return devtools;
    },
    async openDevtools() {
      await page.openDevTools();
      await findDevtools();
    },
    async showPanel() {
      const extension = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;
      await until(
        () => browser.targets().some((candidate) => candidate.url().startsWith(`${extension}/devtools.html`)),
        'the devtools page',
      );
      return until(async () => {
        await devtools!.evaluate((panel) => {
          const api = (globalThis as unknown as { InspectorFrontendAPI: { showPanel(id: string): void } })
            .InspectorFrontendAPI;
          api.showPanel(panel);
        }, `${extension}Sessions`);
        return devtools!.frames().find((frame) => frame.url() === `${extension}/panel.html`);
      }, 'the Sessions panel');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function writePreferences(userDataDir: string, theme: string, docked: boolean): void {
  mkdirSync(join(userDataDir, 'Default'), { recursive: true });
  const preferences = {
    currentDockState: docked ? '"right"' : '"undocked"',
    // Older and newer name of the same setting.
    uiTheme: `"${theme === 'dark' ? 'dark' : 'default'}"`,
    'ui-theme': `"${theme === 'dark' ? 'dark' : 'default'}"`,
  };
  writeFileSync(join(userDataDir, 'Default', 'Preferences'), JSON.stringify({ devtools: { preferences } }));
}
