/** Takes the pictures of the docs off the real panel in real DevTools: `node scripts/screenshots.ts`, after a build. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'puppeteer-core';
import { createDemo } from '../playground/express/demo.ts';
import { launchChromium } from '../tests/browsers/chromium.ts';
import { settle } from '../tests/browsers/panel-rows.ts';
import { ROOT } from './project.ts';
import { STOPS } from './walk.ts';

const PICTURES = join(ROOT, 'docs', 'images');
mkdirSync(PICTURES, { recursive: true });
for (const theme of ['light', 'dark'] as const) await takePicture(theme);

/** The lost update: what the later save wrote over, beside the exchange before it. */
async function takePicture(theme: 'light' | 'dark'): Promise<void> {
  const server = createServer(createDemo({ companion: { enabled: true } }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using chromium = await launchChromium({ theme, width: 1440, height: 810 });
  const { page, devtools, showPanel } = chromium;
  const panel = await showPanel();
  for (const stop of STOPS) {
    // A burst for each, as a user's clicks would be.
    await wait(1_200);
    await stop.act(page, origin);
    await settle(panel);
    if (stop.says.startsWith('Two requests')) break;
  }
  await press(panel, '#tab-diff');
  await panel.select('.diff select', 'previous');
  const path = join(PICTURES, theme === 'light' ? 'panel.png' : 'panel-dark.png');
  await devtools.screenshot({ path: path as `${string}.png` });
  console.log(path);
  server.closeAllConnections();
  server.close();
}

function press(panel: Frame, selector: string): Promise<void> {
  return panel.evaluate((found) => document.querySelector<HTMLElement>(found)?.click(), selector);
}
