/**
 * Chrome, Edge or Chromium in a profile of its own, with the extension loaded and DevTools on the Sessions panel.
 * Chrome 137 and later ignore `--load-extension`; `Extensions.loadUnpacked` over the pipe is the way that remains.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CHROMIUM_EXTENSION_ID } from '../../../../extension-identity.ts';
import { type BrowserPipe, connectPipe } from './browser-pipe.ts';
import type { OpenedBrowser, OpenOptions } from './opened-browser.ts';

const PANEL = `chrome-extension://${CHROMIUM_EXTENSION_ID}Sessions`;
/** Beside the window itself there is a frame that emulates devices. */
const DEVTOOLS_WINDOW = /^devtools:\/\/devtools\/bundled\/(?!device_mode)/;

const TRIES = 80;
const TRY_MS = 250;

interface TargetInfo {
  targetId: string;
  url: string;
}

/** @throws Error that names the step that failed. The browser is ended then. */
export async function openChromium({
  executable,
  extension,
  profile,
  url,
  headless,
}: OpenOptions): Promise<OpenedBrowser> {
  keepPanelSelected(profile);
  const browser = spawn(
    executable,
    [
      '--remote-debugging-pipe',
      '--enable-unsafe-extension-debugging',
      '--auto-open-devtools-for-tabs',
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--no-default-browser-check',
      // Neither is a developer's own business in a profile that is there for one app.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(headless ? ['--headless=new', '--disable-gpu'] : []),
      // A root's container has no sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  const failed = new Promise<never>((_resolve, reject) => browser.once('error', reject));
  const pipe = connectPipe(browser);
  try {
    await Promise.race([failed, loadExtension(pipe, extension)]);
    // A tab made after the extension was loaded: its DevTools have the panel.
    const { targetId } = await pipe.send<{ targetId: string }>('Target.createTarget', { url });
    await closeOthers(pipe, targetId);
    await showPanel(pipe);
  } catch (error) {
    browser.kill();
    throw error;
  }
  return {
    ended,
    close: () =>
      pipe.send('Browser.close').then(
        () => ended,
        () => void browser.kill(),
      ),
  };
}

async function loadExtension(pipe: BrowserPipe, path: string): Promise<void> {
  try {
    await pipe.send('Extensions.loadUnpacked', { path });
  } catch (error) {
    throw new Error(
      `The browser did not load the extension: ${(error as Error).message}. Load ${path} by hand: ` +
        'open chrome://extensions, switch Developer mode on, choose Load unpacked.',
      { cause: error },
    );
  }
}

async function closeOthers(pipe: BrowserPipe, kept: string): Promise<void> {
  const { targetInfos } = await pipe.send<{ targetInfos: (TargetInfo & { type: string })[] }>('Target.getTargets');
  for (const { targetId, type, url } of targetInfos)
    if (type === 'page' && targetId !== kept && url === 'about:blank')
      await pipe.send('Target.closeTarget', { targetId }).catch(() => {});
}

/** Preferences don't select an extension's panel: DevTools' own function does, once the extension has added it. */
async function showPanel(pipe: BrowserPipe): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    await wait(TRY_MS);
    const { targetInfos } = await pipe.send<{ targetInfos: TargetInfo[] }>('Target.getTargets', { filter: [{}] });
    for (const { targetId } of targetInfos.filter(({ url }) => DEVTOOLS_WINDOW.test(url)))
      // A window that is being made or closed is gone by the time it is asked: the next try finds what there is then.
      if (await selectPanel(pipe, targetId).catch(() => false)) return;
    if (targetInfos.some(({ url }) => url.endsWith('/panel.html'))) return;
  }
  throw new Error(
    `DevTools did not show the Sessions panel within ${(TRIES * TRY_MS) / 1000} s. The extension is loaded: ` +
      'open DevTools (F12) and choose Sessions behind ».',
  );
}

/** Selects the panel in one DevTools window; whether it is there. */
async function selectPanel(pipe: BrowserPipe, targetId: string): Promise<boolean> {
  const { sessionId } = await pipe.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const expression = `InspectorFrontendAPI.showPanel(${JSON.stringify(PANEL)})`;
  await pipe.send('Runtime.evaluate', { expression }, sessionId).catch(() => {});
  const isShown = await hasPanelFrame(pipe, sessionId);
  await pipe.send('Target.detachFromTarget', { sessionId }).catch(() => {});
  return isShown;
}

interface FrameTree {
  frame: { url: string };
  childFrames?: FrameTree[];
}

async function hasPanelFrame(pipe: BrowserPipe, session: string): Promise<boolean> {
  const answer = await pipe.send<{ frameTree: FrameTree }>('Page.getFrameTree', {}, session).catch(() => undefined);
  const has = ({ frame, childFrames = [] }: FrameTree): boolean =>
    frame.url.endsWith('/panel.html') || childFrames.some(has);
  return answer !== undefined && has(answer.frameTree);
}

/** DevTools beside the page, and our panel in front in tabs that are opened later. */
function keepPanelSelected(profile: string): void {
  const folder = join(profile, 'Default');
  const path = join(folder, 'Preferences');
  mkdirSync(folder, { recursive: true });
  const preferences = readPreferences(path);
  const devtools = (preferences['devtools'] ??= {}) as { preferences?: Record<string, string> };
  const own = (devtools.preferences ??= {});
  own['currentDockState'] ??= '"right"';
  own['panel-selected-tab'] = JSON.stringify(PANEL);
  writeFileSync(path, JSON.stringify(preferences));
}

function readPreferences(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch {
    // A new profile, or a damaged file that the browser would replace too.
    return {};
  }
}
