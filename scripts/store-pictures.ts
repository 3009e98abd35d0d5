/**
 * Takes the pictures that stores ask for off the real panel in real DevTools, into `docs/publishing/images`:
 * screenshots of 1280×800 and a promotional tile of 440×280. `node scripts/store-pictures.ts`, after `npm run build`.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { type Chromium, launchChromium } from '../tests/browsers/chromium.ts';
import { settle } from '../tests/browsers/panel-rows.ts';
import { type PanelView, viewPanel } from '../tests/browsers/panel-view.ts';
import { startDemo } from '../tests/panel/demo-process.ts';
import { ROOT } from './project.ts';
import { showLostUpdate, stopsOf } from './walk.ts';

/** What the Chrome Web Store and Firefox's add-ons ask for, px. */
const SCREENSHOT = { width: 1280, height: 800 };
const TILE = { width: 440, height: 280 };
const FOLDER = join(ROOT, 'docs', 'publishing', 'images');

interface Scene {
  theme: 'light' | 'dark';
  /** The stops of the walk through the demo that are made, by the beginning of what they say. */
  stops: readonly string[];
  show(panel: PanelView): Promise<void>;
}

const EVERYDAY = ['Store two values', 'Read them back', 'Fill a cart'];

/** On the newest request whose row has these words. */
const select = (words: string, tab: string) => async (panel: PanelView) => {
  await panel.frame.evaluate((wanted) => {
    const rows = [...document.querySelectorAll<HTMLElement>('.timeline .row.exchange')];
    rows.findLast((row) => row.innerText.includes(wanted))?.click();
  }, words);
  await panel.press(`#tab-${tab}`);
  await settle(panel.frame);
};

const SCENES: Record<string, Scene> = {
  '1-lost-update': {
    theme: 'light',
    stops: [...EVERYDAY, 'Two requests at once'],
    show: async ({ frame }) => void (await showLostUpdate(frame)),
  },
  '2-cookie-not-set': {
    theme: 'light',
    stops: [...EVERYDAY, 'A cookie that never arrives'],
    show: select('cookie-not-set', 'cookie'),
  },
  '3-session-state': {
    theme: 'light',
    stops: [...EVERYDAY, 'Log out, and in again'],
    show: select('POST /login', 'state'),
  },
  '4-dark': {
    theme: 'dark',
    stops: [...EVERYDAY, 'Two requests at once'],
    show: async ({ frame }) => void (await showLostUpdate(frame)),
  },
};

mkdirSync(FOLDER, { recursive: true });
for (const [name, scene] of Object.entries(SCENES)) await takeScene(name, scene);
await takeTile();

async function takeScene(name: string, { theme, stops, show }: Scene): Promise<void> {
  await using demo = await startDemo();
  await using chromium: Chromium = await launchChromium({ theme, ...SCREENSHOT });
  const panel = viewPanel(await chromium.showPanel());
  for (const stop of stopsOf('express').filter(({ says }) => stops.some((start) => says.startsWith(start)))) {
    await stop.act(chromium.page, demo.origin);
    await settle(panel.frame);
  }
  await show(panel);
  await save(chromium.devtools, name);
}

/** The icon, the name and what it is for, over the panel. */
async function takeTile(): Promise<void> {
  await using chromium = await launchChromium({ opensDevtools: false });
  const { page } = chromium;
  await page.setViewport({ ...TILE, deviceScaleFactor: 1 });
  const data = (path: string) => `data:image/png;base64,${readFileSync(path).toString('base64')}`;
  await page.setContent(`<!doctype html><style>
    body { margin: 0; width: 440px; height: 280px; overflow: hidden; background: #0b57d0; color: #fff; font: 17px/1.35 system-ui, sans-serif; }
    header { display: flex; gap: 14px; align-items: center; padding: 20px 24px 14px; }
    header img { width: 56px; } h1 { margin: 0; font-size: 27px; } p { margin: 0; }
    .panel { margin: 0 24px; width: 560px; border-radius: 6px 0 0 0; box-shadow: 0 2px 16px #0006; }
  </style><header><img src="${data(join(ROOT, 'public/icon/96.png'))}"><div><h1>Sessionscope</h1><p>See your server-side session change</p></div></header>
  <img class="panel" src="${data(join(FOLDER, '1-lost-update.png'))}">`);
  await save(page, 'tile');
}

async function save(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`) as `${string}.png`;
  await page.screenshot({ path });
  console.log(path);
}
