/**
 * Finds a browser, and gets one where that can be done honestly: in a terminal it asks; as root with apt and no
 * terminal (a container, CI) it installs and says so; else it names the command and the caller goes on without.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { isExecutable, which } from '../server-companion/node/src/cli/find-browser.ts';

export type BrowserName = 'chromium' | 'firefox';

interface Candidate {
  /** Environment variable that names an executable and goes before everything else. */
  variable: string;
  /** Names looked for on the PATH, best first. */
  commands: readonly string[];
  /** Places outside the PATH where installers of macOS and Windows put it. */
  places: readonly string[];
  debianPackage: string;
}

const programs = [process.env['ProgramFiles'], process.env['ProgramFiles(x86)'], process.env['LOCALAPPDATA']].filter(
  (folder) => folder !== undefined,
);

// Chrome 137 and later load no unpacked extension from the command line, but do over the DevTools pipe, as we ask.
const CANDIDATES: Record<BrowserName, Candidate> = {
  chromium: {
    variable: 'SESSIONSCOPE_CHROMIUM',
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
    places: [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ...programs.map((folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
      ...programs.map((folder) => join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe')),
    ],
    debianPackage: 'chromium',
  },
  firefox: {
    variable: 'SESSIONSCOPE_FIREFOX',
    commands: ['firefox-esr', 'firefox'],
    places: [
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      ...programs.map((folder) => join(folder, 'Mozilla Firefox', 'firefox.exe')),
    ],
    debianPackage: 'firefox-esr',
  },
};

export { which };

/** Path of the browser's executable, or `undefined`. Starts nothing. */
export function findBrowser(name: BrowserName): string | undefined {
  const { variable, commands, places } = CANDIDATES[name];
  const named = process.env[variable];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named))
      throw new Error(`${variable} names ${named}, which can't be run. Correct it or unset it.`);
    return named;
  }
  for (const command of commands) {
    const path = which(command);
    if (path !== undefined) return path;
  }
  return places.find(isExecutable);
}

/** How to get `name` on this machine, in one line. */
export function installAdvice(name: BrowserName): string {
  const { variable, debianPackage } = CANDIDATES[name];
  const orName = `or set ${variable} to its executable`;
  if (which('apt-get')) return `sudo apt-get install ${debianPackage}   (${orName})`;
  if (process.platform === 'darwin') return `brew install --cask ${name}   (${orName})`;
  if (process.platform === 'win32')
    return `winget install ${name === 'firefox' ? 'Mozilla.Firefox' : 'Google.Chrome'}   (${orName})`;
  return `install ${name} with your package manager, ${orName}`;
}

const canInstallUnasked = () =>
  process.getuid?.() === 0 && which('apt-get') !== undefined && !(process.stdin.isTTY && process.stdout.isTTY);

/** apt's own words go to the terminal: it takes about 20 s and must not look hung. Returns whether it succeeded. */
function aptInstall(debianPackage: string): boolean {
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const install = () => apt('install', '-y', '-qq', '--no-install-recommends', debianPackage);
  return apt('update', '-qq') && install();
}

export interface EnsureOptions {
  /** Said before each long step; default: standard output. */
  say?: (line: string) => void;
}

/**
 * The browser's executable; where there is none, gets it as the head of this file says. `undefined`: there is
 * none, and how to get it has been said.
 */
export async function ensureBrowser(
  name: BrowserName,
  { say = console.log }: EnsureOptions = {},
): Promise<string | undefined> {
  const found = findBrowser(name);
  if (found !== undefined) return found;
  const { debianPackage } = CANDIDATES[name];
  if (canInstallUnasked()) {
    say(`No ${name} was found. Installing Debian's package ${debianPackage} with apt-get (no terminal, root).`);
    if (aptInstall(debianPackage)) return findBrowser(name);
    say(`apt-get could not install ${debianPackage}.`);
  } else if (process.stdin.isTTY && process.stdout.isTTY && which('apt-get') !== undefined) {
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await prompt.question(`No ${name} was found. Install it now with apt-get? [y/N] `);
    prompt.close();
    if (/^y(es)?$/i.test(answer.trim())) {
      if (process.getuid?.() === 0) aptInstall(debianPackage);
      else execFileSync('sudo', ['apt-get', 'install', '-y', debianPackage], { stdio: 'inherit' });
      return findBrowser(name);
    }
  }
  say(`No ${name} was found. To get it: ${installAdvice(name)}`);
  return undefined;
}
