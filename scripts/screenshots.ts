/**
 * Takes the pictures of the README off the real panel in real DevTools, light and dark, and of the browser's page of
 * extensions: `npm run screenshots`.
 * `--beside`: also DevTools' own Network and Application panels at the same moment, into `.tmp/beside`, to look at
 * ours beside them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Chromium, launchChromium } from '../tests/browsers/chromium.ts';
import { viewPanel } from '../tests/browsers/panel-view.ts';
import { settle } from '../tests/browsers/panel-rows.ts';
import { startDemo } from '../tests/panel/demo-process.ts';
import { ROOT } from './project.ts';
import { showLostUpdate, stopsOf } from './walk.ts';

const { values } = parseArgs({ options: { beside: { type: 'boolean', default: false } } });
const PICTURES = join(ROOT, 'docs', 'images');
const BESIDE = join(ROOT, '.tmp', 'beside');
/** The last stop that is in the picture. */
const LAST_STOP = 'Two requests at once';

mkdirSync(PICTURES, { recursive: true });
for (const theme of ['light', 'dark'] as const) await takePictures(theme);
await takeInstall();

/** The browser's own page of extensions, with ours loaded: what *Install* leads to. */
async function takeInstall(): Promise<void> {
  await using chromium = await launchChromium({ opensDevtools: false });
  const { page } = chromium;
  await page.setViewport({ width: 900, height: 360 });
  await page.goto('chrome://extensions/');
  await page.evaluate(() => {
    const manager = document.querySelector('extensions-manager')!.shadowRoot!;
    const toolbar = manager.querySelector('extensions-toolbar')!.shadowRoot!;
    toolbar.querySelector<HTMLElement>('#devMode')!.click();
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await page.screenshot({ path: join(PICTURES, 'install.png') as `${string}.png` });
}

/** The lost update as a finding: who wrote over what, with which lines, and the fix. */
async function takePictures(theme: 'light' | 'dark'): Promise<void> {
  await using demo = await startDemo();
  await using chromium = await launchChromium({ theme, width: 1440, height: 810 });
  const panel = viewPanel(await chromium.showPanel());
  for (const stop of stopsOf('express')) {
    // A burst for each, as a user's clicks would be.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await stop.act(chromium.page, demo.origin);
    await settle(panel.frame);
    if (stop.says.startsWith(LAST_STOP)) break;
  }
  await showLostUpdate(panel.frame);
  await panel.press('.finding-badge');
  await panel.waitFor(/./, '.finding .lead');
  await settle(panel.frame);
  await photograph(chromium, join(PICTURES, theme === 'light' ? 'panel.png' : 'panel-dark.png'));
  if (!values.beside) return;
  mkdirSync(BESIDE, { recursive: true });
  await photograph(chromium, join(BESIDE, `sessions-${theme}.png`));
  for (const name of ['network', 'resources']) {
    await chromium.devtools.evaluate(`InspectorFrontendAPI.showPanel('${name}')`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await photograph(chromium, join(BESIDE, `${name}-${theme}.png`));
  }
}

async function photograph({ devtools }: Chromium, path: string): Promise<void> {
  await devtools.screenshot({ path: path as `${string}.png` });
  console.log(path);
}
