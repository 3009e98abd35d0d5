/** A browser in a profile of its own, with the extension loaded and DevTools on the Sessions panel. */
import { join } from 'node:path';
import { stateDirectory } from '../core/state-directory.ts';
import { extensionFolder } from './extension-folder.ts';
import type { FoundBrowser } from './find-browser.ts';
import { openChromium } from './open-chromium.ts';
import { openFirefox } from './open-firefox.ts';
import type { OpenedBrowser } from './opened-browser.ts';

export interface OpenBrowserOptions {
  browser: FoundBrowser;
  url: string;
  /** @default a folder beside the companion's own state, so that pairing and settings last */
  profile?: string | undefined;
  headless?: boolean;
}

/** @throws Error in words for people where a step fails. The browser is ended then. */
export function openBrowser({ browser, url, profile, headless = false }: OpenBrowserOptions): Promise<OpenedBrowser> {
  const { name, family, executable } = browser;
  const options = {
    executable,
    extension: extensionFolder(family),
    profile: profile ?? join(stateDirectory(), 'profiles', name),
    url,
    headless,
  };
  return family === 'firefox' ? openFirefox(options) : openChromium(options);
}
