/**
 * A real Firefox with the real extension and a real toolbox, headless. Extension documents are no contexts of
 * WebDriver BiDi: they are reached through the browser's own privileged window.
 */
import { type Browser, launch, type Page } from 'puppeteer-core';
import { join } from 'node:path';
import { findBrowser } from '../../scripts/browsers.ts';
import { ROOT } from '../../scripts/project.ts';
import { PATIENCE_MS, until } from './until.ts';

export const FIREFOX_BUILD = join(ROOT, '.output', 'firefox-mv3');

export interface Firefox extends AsyncDisposable {
  browser: Browser;
  /** The inspected page. */
  page: Page;
  /** Opens the toolbox and selects the panel with this title. */
  showPanel(title: string): Promise<void>;
  /** Runs a function's source in the extension's document whose URL ends so; its result must be JSON. */
  evaluateIn<T>(urlEnd: string, source: string): Promise<T>;
  close(): Promise<void>;
}

/** What puppeteer's connection offers beyond its types. */
interface BidiConnection {
  send(method: string, parameters: object): Promise<{ result: unknown }>;
}

const GET_DEVTOOLS = `const { require } = ChromeUtils.importESModule('resource://devtools/shared/loader/Loader.sys.mjs');
const { gDevTools } = require('devtools/client/framework/devtools');`;

/** Starts it. Throws where there is no Firefox: ask `findBrowser` first. */
export async function launchFirefox({
  headless = true,
  extension = FIREFOX_BUILD,
  prefs = {} as Record<string, unknown>,
} = {}): Promise<Firefox> {
  const executablePath = findBrowser('firefox');
  if (executablePath === undefined) throw new Error('No Firefox was found.');
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    timeout: PATIENCE_MS,
    headless,
    args: ['--remote-allow-system-access', '-width', '1440', '-height', '900'],
    extraPrefsFirefox: { 'devtools.toolbox.footer.height': 571, ...prefs },
  });
  await browser.installExtension(extension);
  const connection = (browser as unknown as { connection: BidiConnection }).connection;
  const tree = (await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' })).result as {
    contexts: { url: string; context: string }[];
  };
  const context = tree.contexts.find(({ url }) => url.endsWith('/browser.xhtml'))!.context;

  /** Runs an async function's source in the browser's own window; JSON in and out. */
  async function inBrowser<T>(source: string, ...args: unknown[]): Promise<T> {
    const expression = `(async () => JSON.stringify((await (${source}).apply(null, ${JSON.stringify(args)})) ?? null))()`;
    const { result } = (await connection.send('script.evaluate', {
      expression,
      target: { context },
      awaitPromise: true,
    })) as { result: { type: string; result: { value: string }; exceptionDetails?: { text: string } } };
    if (result.type !== 'success') throw new Error(result.exceptionDetails?.text);
    return JSON.parse(result.result.value) as T;
  }
  const openToolbox = (toolId: string) =>
    inBrowser(
      `async (toolId) => { ${GET_DEVTOOLS} await gDevTools.showToolboxForTab(gBrowser.selectedTab, { toolId, hostType: 'bottom' }); }`,
      toolId,
    );
  const tools = () =>
    inBrowser<{ id: string; title: string }[]>(
      `() => { ${GET_DEVTOOLS} return gDevTools.getToolboxForTab(gBrowser.selectedTab).getAdditionalTools().map((t) => ({ id: t.id, title: t.title || t.label })); }`,
    );
  const close = () => browser.close();
  const [page = await browser.newPage()] = await browser.pages();
  page.setDefaultTimeout(PATIENCE_MS);
  return {
    browser,
    page,
    async showPanel(title) {
      await openToolbox('webconsole');
      const tool = await until(
        async () => (await tools()).find((found) => found.title === title),
        `the panel ${title}`,
      );
      await openToolbox(tool.id);
    },
    evaluateIn: <T>(urlEnd: string, source: string) => inBrowser<T>(EVALUATE_IN, urlEnd, source),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Finds the document among the extension's views, and evaluates there by a frame script. */
const EVALUATE_IN = `async (urlEnd, source) => {
  let view;
  for (const policy of WebExtensionPolicy.getActiveExtensions())
    if (policy.extension?.temporarilyInstalled)
      for (const candidate of policy.extension.views) if (candidate.uri?.spec.endsWith(urlEnd)) view = candidate;
  if (!view) throw new Error('no extension document ' + urlEnd);
  const manager = view.xulBrowser.messageManager;
  const name = 'answer:' + Math.random();
  const inner = '(async () => JSON.stringify((await (' + source + ')()) ?? null))()';
  const script = '(async () => { try { const box = Cu.Sandbox(content, { sandboxPrototype: content, wantXrays: false, sameZoneAs: content });'
    + ' sendAsyncMessage(' + JSON.stringify(name) + ', { ok: await Cu.evalInSandbox(' + JSON.stringify(inner) + ', box) }); }'
    + ' catch (error) { sendAsyncMessage(' + JSON.stringify(name) + ', { error: String(error) }); } })()';
  return new Promise((resolve, reject) => {
    manager.addMessageListener(name, function listener({ data }) {
      manager.removeMessageListener(name, listener);
      if (data.error) reject(new Error(data.error));
      else resolve(JSON.parse(data.ok));
    });
    manager.loadFrameScript('data:text/javascript;charset=utf-8,' + encodeURIComponent(script), false);
  });
}`;
