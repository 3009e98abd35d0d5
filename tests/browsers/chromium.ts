/** A real Chromium with the real extension and real DevTools, headless or not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Frame, launch, type Page, type Target } from 'puppeteer-core';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { findBrowser } from '../../scripts/browsers.ts';
import { ROOT } from '../../scripts/project.ts';
import { PATIENCE_MS, until } from './until.ts';

export interface ChromiumOptions {
  headless?: boolean;
  theme?: 'light' | 'dark';
  /** Window of DevTools, px. */
  width?: number;
  height?: number;
  /** Beside the page instead of in a window of its own. */
  docked?: boolean;
  extension?: string;
  /** Of the extension; default: what the build's public key gives. */
  extensionId?: string;
  /** DevTools opens with the page; default true. */
  opensDevtools?: boolean;
  /** In private windows too, as a user allows it in the extension's details. */
  allowsPrivate?: boolean;
  /** More arguments for Chromium. */
  args?: string[];
  /** Close the browser on SIGINT and the like; default true. */
  handleSignals?: boolean;
}

/** A tab with its DevTools window. */
export interface InspectedTab {
  /** The inspected page. */
  page: Page;
  /** The DevTools window. */
  readonly devtools: Page;
  /** Selects the Sessions panel and gives its frame. */
  showPanel(): Promise<Frame>;
}

export interface Chromium extends InspectedTab, AsyncDisposable {
  browser: Browser;
  /** Opens DevTools on a page that was loaded without it. */
  openDevtools(): Promise<void>;
  /** Changes the theme of DevTools while it is open, as its settings do. */
  setTheme(theme: 'light' | 'dark'): Promise<void>;
  /** Opens one more tab, with a DevTools window of its own; in `context`, or beside the first one. */
  openTab(context?: BrowserContext): Promise<InspectedTab>;
  close(): Promise<void>;
}

export const CHROME_BUILD = join(ROOT, '.output', 'chrome-mv3');

/** Beside the window itself there is a frame that emulates devices. */
const DEVTOOLS_WINDOW = /^devtools:\/\/devtools\/bundled\/(?!device_mode)/;

/** Starts it. Throws where there is no Chromium: ask `findBrowser` first. */
export async function launchChromium({
  headless = true,
  theme = 'light',
  width = 1440,
  height = 900,
  docked = false,
  extension = CHROME_BUILD,
  extensionId = CHROMIUM_EXTENSION_ID,
  handleSignals = true,
  opensDevtools = true,
  allowsPrivate = false,
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
    timeout: PATIENCE_MS,
    devtools: opensDevtools,
    enableExtensions: [extension],
    ...(allowsPrivate ? { extensionsEnabledInIncognito: [extension] } : {}),
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
  page.setDefaultTimeout(PATIENCE_MS);
  const close = async () => {
    await browser.close();
    rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const windows = new Set<Target>();
  /** The DevTools window that has just opened. */
  const findDevtools = async (): Promise<Page> => {
    const target = await until(
      () => browser.targets().find((found) => DEVTOOLS_WINDOW.test(found.url()) && !windows.has(found)),
      'the DevTools window',
    );
    windows.add(target);
    const devtools = await target.asPage();
    devtools.setDefaultTimeout(PATIENCE_MS);
    if (headless) await devtools.setViewport({ width, height });
    return devtools;
  };
  let devtools = opensDevtools ? await findDevtools() : undefined;
  return {
    browser,
    page,
    get devtools() {
      if (devtools === undefined) throw new Error('DevTools is not open yet.');
      return devtools;
    },
    async openDevtools() {
      await page.openDevTools();
      devtools = await findDevtools();
    },
    showPanel: () => showPanel(devtools!, extensionId),
    setTheme: (theme) =>
      // As text: the module that DevTools itself runs on, not one that a bundler knows.
      devtools!.evaluate(
        `import('./core/common/common.js').then(({ Settings }) =>
          Settings.Settings.instance().moduleSetting('ui-theme').set('${theme === 'dark' ? 'dark' : 'default'}'))`,
      ) as Promise<void>,
    async openTab(context) {
      const tab = await (context ?? browser).newPage();
      tab.setDefaultTimeout(PATIENCE_MS);
      const own = await findDevtools();
      return { page: tab, devtools: own, showPanel: () => showPanel(own, extensionId) };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Selects the Sessions panel in a DevTools window, once the extension's page has made it. */
function showPanel(devtools: Page, extensionId: string): Promise<Frame> {
  const extension = `chrome-extension://${extensionId}`;
  return until(async () => {
    await devtools.evaluate((panel) => {
      const api = (globalThis as unknown as { InspectorFrontendAPI: { showPanel(id: string): void } })
        .InspectorFrontendAPI;
      api.showPanel(panel);
    }, `${extension}Sessions`);
    return devtools.frames().find((frame) => frame.url() === `${extension}/panel.html`);
  }, 'the Sessions panel');
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
