/** The Express demo in real Chromium, with the panel open on it: each test begins without a cookie and with an empty list. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';
import { type Chromium, launchChromium } from './chromium.ts';
import { settle } from './panel-rows.ts';
import { type PanelView, viewPanel } from './panel-view.ts';

export interface DemoPanel {
  /** There from `beforeAll` on, as the others are. */
  readonly chromium: Chromium;
  readonly page: Page;
  readonly panel: PanelView;
  readonly origin: string;
  /** Goes to a page of the demo. */
  open(path: string): Promise<unknown>;
  /** Presses the page's button with this label, which leads to another page. */
  pressInPage(label: string): Promise<void>;
}

/** To be called in a `describe`: its tests share one browser. */
export function useDemoPanel(): DemoPanel {
  let demo: DemoProcess;
  let chromium: Chromium;
  let panel: PanelView;

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium();
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const { page } = chromium;
    await page.goto(`${demo.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await settle(panel.frame);
    await panel.press('[aria-label="Clear"]');
  });
  return {
    get chromium() {
      return chromium;
    },
    get page() {
      return chromium.page;
    },
    get panel() {
      return panel;
    },
    get origin() {
      return demo.origin;
    },
    open: (path) => chromium.page.goto(demo.origin + path),
    async pressInPage(label) {
      const button = await chromium.page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
      await Promise.all([chromium.page.waitForNavigation(), button!.click()]);
    },
  };
}
