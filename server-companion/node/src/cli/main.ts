#!/usr/bin/env node
/** `npx sessionscope`: opens a browser with the panel, serves the panel as a page, checks a project. */
import { parseArgs } from 'node:util';
import { conform } from './conform/conform.ts';
import { diagnose, isNodeNewEnough } from './doctor.ts';
import { extensionFolder } from './extension-folder.ts';
import { type BrowserName, BROWSERS, familyOf, findBrowser } from './find-browser.ts';
import { openBrowser } from './open-browser.ts';
import { serveUi } from './ui/ui.ts';

const USAGE = `Usage:
  sessionscope open <url> [--browser ${BROWSERS.join('|')}] [--profile <folder>]
      Starts a browser in a profile of its own, with the extension loaded and DevTools on the Sessions panel.
  sessionscope ui <url> [--port <number>] [--state-dir <folder>]
      Serves the Sessions panel as a page for the app at that URL, for a browser without the extension.
  sessionscope extension [--browser ${BROWSERS.join('|')}]
      Prints the folder of the extension, to load it by hand.
  sessionscope doctor [<url>]
      Checks the project in this folder: which session libraries it has, whether they are observed, whether a deploy
      still works. With the URL of its running server, whether that answers as it should.
  sessionscope conform <url>
      Checks an endpoint against the protocol, whatever it is written in: give the URL of a page that begins a session.`;

class UsageError extends Error {}

/** @throws UsageError where a word of the command line is not understood. */
async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      browser: { type: 'string' },
      profile: { type: 'string' },
      port: { type: 'string', default: '0' },
      'state-dir': { type: 'string' },
      headless: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, argument, ...rest] = positionals;
  if (values.help || command === undefined || command === 'help') {
    console.log(USAGE);
    return command === undefined && !values.help ? 2 : 0;
  }
  if (rest.length > 0) throw new UsageError(`${rest[0]} is one word too many.`);
  const browser = browserName(values.browser);
  switch (command) {
    case 'open':
      return open(urlOf(argument), { browser, profile: values.profile, headless: values.headless });
    case 'ui':
      return serveUi({ url: urlOf(argument), port: portOf(values.port), stateDirectory: values['state-dir'] });
    case 'extension':
      printFolders(browser);
      return 0;
    case 'doctor':
      return diagnose(process.cwd(), argument === undefined ? undefined : urlOf(argument));
    case 'conform':
      return conform(urlOf(argument));
    default:
      throw new UsageError(`There is no command ${command}.`);
  }
}

function browserName(name: string | undefined): BrowserName | undefined {
  if (name === undefined || (BROWSERS as readonly string[]).includes(name)) return name as BrowserName | undefined;
  throw new UsageError(`--browser must be one of ${BROWSERS.join(', ')}, not ${name}.`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number up to 65535, not ${text}.`);
}

function urlOf(text: string | undefined): string {
  if (text === undefined) throw new UsageError('Which app? Give its URL: http://localhost:3000');
  // `localhost:3000` would be a URL of the scheme `localhost`.
  const url = URL.parse(/^[\w.-]+:\d|^\[/.test(text) ? `http://${text}` : text) ?? URL.parse(`http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(`${text} is not a URL of http or https.`);
  return url.href;
}

async function open(
  url: string,
  {
    browser: name,
    profile,
    headless,
  }: { browser: BrowserName | undefined; profile: string | undefined; headless: boolean },
): Promise<number> {
  const browser = findBrowser(name);
  if (browser === undefined) {
    console.error(
      name === undefined
        ? `No browser was found. Install Chrome, Edge, Chromium or Firefox, or load the extension by hand: sessionscope extension`
        : `${name} was not found on this machine. Install it, or name another with --browser (${BROWSERS.join(', ')}).`,
    );
    return 1;
  }
  console.log(`Opening ${url} in ${browser.name} …`);
  const opened = await openBrowser({ browser, url, profile, headless });
  console.log('DevTools is on the Sessions panel. Close the browser or press Ctrl-C to end.');
  process.once('SIGINT', () => void opened.close());
  process.once('SIGTERM', () => void opened.close());
  await opened.ended;
  return 0;
}

function printFolders(browser: BrowserName | undefined): void {
  if (browser !== undefined) {
    console.log(extensionFolder(familyOf(browser)));
    return;
  }
  console.log(`Chrome, Edge, Chromium: ${extensionFolder('chromium')}
  Open chrome://extensions (edge://extensions), switch Developer mode on, choose Load unpacked, pick that folder.
Firefox: ${extensionFolder('firefox')}
  Open about:debugging#/runtime/this-firefox, choose Load Temporary Add-on, pick manifest.json in that folder.
Then open DevTools (F12) on a page of your app and choose Sessions.`);
}

try {
  if (!isNodeNewEnough()) throw new Error(`Node ${process.versions.node} is too old. Install Node 22.18 or later.`);
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(error instanceof Error ? error.message : error);
  if (isUsage) console.error(`\n${USAGE}`);
  process.exitCode = isUsage ? 2 : 1;
}
