/** Which browsers are installed, and where. Starts none. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Those that the extension is for, and that can be made to load it. */
export const BROWSERS = ['chrome', 'edge', 'chromium', 'firefox'] as const;
export type BrowserName = (typeof BROWSERS)[number];
export type BrowserFamily = 'chromium' | 'firefox';

interface Candidate {
  family: BrowserFamily;
  /** Names looked for on the PATH, best first. */
  commands: readonly string[];
  /** Places outside the PATH where installers of macOS and Windows put it. */
  places: readonly string[];
}

const programs = [process.env['ProgramFiles'], process.env['ProgramFiles(x86)'], process.env['LOCALAPPDATA']].filter(
  (folder) => folder !== undefined,
);
const inPrograms = (...path: string[]) => programs.map((folder) => join(folder, ...path));

const CANDIDATES: Record<BrowserName, Candidate> = {
  chrome: {
    family: 'chromium',
    commands: ['google-chrome', 'google-chrome-stable'],
    places: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      ...inPrograms('Google', 'Chrome', 'Application', 'chrome.exe'),
    ],
  },
  edge: {
    family: 'chromium',
    commands: ['microsoft-edge', 'microsoft-edge-stable'],
    places: [
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ...inPrograms('Microsoft', 'Edge', 'Application', 'msedge.exe'),
    ],
  },
  chromium: {
    family: 'chromium',
    commands: ['chromium', 'chromium-browser'],
    places: ['/Applications/Chromium.app/Contents/MacOS/Chromium'],
  },
  firefox: {
    family: 'firefox',
    commands: ['firefox', 'firefox-esr'],
    places: ['/Applications/Firefox.app/Contents/MacOS/firefox', ...inPrograms('Mozilla Firefox', 'firefox.exe')],
  },
};

export interface FoundBrowser {
  name: BrowserName;
  family: BrowserFamily;
  executable: string;
}

export const familyOf = (name: BrowserName): BrowserFamily => CANDIDATES[name].family;

/** Path of `command` on the PATH. */
export function which(command: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => endings.map((ending) => join(folder, command + ending)))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser of that name; without a name, the first one that is installed, in the order of `BROWSERS`. */
export function findBrowser(name?: BrowserName): FoundBrowser | undefined {
  for (const one of name === undefined ? BROWSERS : [name]) {
    const { family, commands, places } = CANDIDATES[one];
    const executable = commands.map(which).find((path) => path !== undefined) ?? places.find(isExecutable);
    if (executable !== undefined) return { name: one, family, executable };
  }
  return undefined;
}
