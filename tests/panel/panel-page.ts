/** The panel as a plain page, served by Vite, in a real Chromium without DevTools. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Page } from 'puppeteer-core';
import { build, preview } from 'vite';
import { findBrowser } from '../../scripts/browsers.ts';
import { ROOT } from '../../scripts/project.ts';
import { PATIENCE_MS, until } from '../browsers/until.ts';

export interface PanelPage extends AsyncDisposable {
  page: Page;
  /** Opens a state of `playground/panel/states.ts` and waits until it is shown. Throws where the page failed. */
  open(state: string, query?: Record<string, string>): Promise<void>;
  /** The window's size, px; what follows is laid out when it resolves. */
  size(width: number, height?: number): Promise<void>;
  /** The text of an element, or of the panel. */
  text(selector?: string): Promise<string>;
}

/** Heights that go with the widths of `panel.md`: docked to the side, to the bottom, in a window of its own. */
const HEIGHTS: Record<number, number> = { 272: 700, 600: 800, 1000: 600, 1440: 900 };

/** Builds and serves the page, and opens a browser. Throws where there is no Chromium: ask `findBrowser` first. */
export async function openPanelPage(
  args: readonly string[] = [],
  configFile: string = join(ROOT, 'playground', 'panel', 'vite.config.ts'),
): Promise<PanelPage> {
  const executablePath = findBrowser('chromium');
  if (executablePath === undefined) throw new Error('No Chromium was found.');
  const outDir = mkdtempSync(join(tmpdir(), 'sessionscope-page-'));
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const { port } = server.httpServer.address() as AddressInfo;
  const browser = await launch({
    executablePath,
    pipe: true,
    timeout: PATIENCE_MS,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run', ...args],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return {
    page,
    async open(state, query = {}) {
      const search = new URLSearchParams({ state, ...query });
      const faults: string[] = [];
      const note = (fault: unknown) => faults.push(fault instanceof Error ? fault.message : String(fault));
      page.on('pageerror', note);
      try {
        await page.goto(`http://127.0.0.1:${port}/panel.html?${search}`);
        await until(async () => {
          if (faults.length > 0) return true;
          return page.$('html[data-ready]');
        }, `the state ${state}`);
        if (faults.length > 0) throw new Error(`the page failed in the state ${state}: ${faults.join(', ')}`);
      } finally {
        page.off('pageerror', note);
      }
    },
    async size(width, height = HEIGHTS[width] ?? 800) {
      await page.setViewport({ width, height });
      await page.evaluate(
        () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
      );
    },
    text: (selector = '.panel') =>
      page.evaluate((found) => document.querySelector<HTMLElement>(found)?.innerText ?? '', selector),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
