/**
 * Firefox in a profile of its own, with the extension as a temporary add-on (WebDriver BiDi installs it) and the toolbox
 * on the Sessions panel.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenedBrowser, OpenOptions } from './opened-browser.ts';

const PREFERENCES = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  'devtools.toolbox.host': 'right',
};

const START_TIMEOUT_MS = 60_000;
const TRIES = 80;
const TRY_MS = 250;

/** Firefox's own function opens the toolbox; what an extension adds to it has an ID that only Firefox knows. */
const OPEN_TOOLBOX = (toolId: string) => `(async () => {
  const { gDevTools } = ChromeUtils.importESModule('resource://devtools/shared/loader/Loader.sys.mjs')
    .require('devtools/client/framework/devtools');
  await gDevTools.showToolboxForTab(gBrowser.selectedTab, { toolId: ${JSON.stringify(toolId)} });
  return JSON.stringify(gDevTools.getToolboxForTab(gBrowser.selectedTab).getAdditionalTools()
    .map(({ id, title, label }) => ({ id, title: title || label })));
})()`;

/** @throws Error that names the step that failed. The browser is ended then. */
export async function openFirefox({
  executable,
  extension,
  profile,
  url,
  headless,
}: OpenOptions): Promise<OpenedBrowser> {
  mkdirSync(profile, { recursive: true });
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  const browser = spawn(
    executable,
    [
      '--profile',
      profile,
      '--no-remote',
      '--remote-debugging-port=0',
      '--remote-allow-system-access',
      ...(headless ? ['--headless'] : []),
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  const failed = new Promise<never>((_resolve, reject) => browser.once('error', reject));
  try {
    const address = await Promise.race([failed, socketAddress(browser.stderr!)]);
    const { send, close } = await connectBidi(`${address}/session`);
    await send('session.new', { capabilities: {} });
    await send('webExtension.install', { extensionData: { type: 'path', path: extension } });
    const { contexts } = await send<{ contexts: { context: string }[] }>('browsingContext.getTree');
    await send('browsingContext.navigate', { context: contexts[0]!.context, url, wait: 'complete' }).catch(
      (error: unknown) => {
        throw new Error(`${url} could not be opened: ${(error as Error).message}`, { cause: error });
      },
    );
    await showPanel(send);
    return {
      ended,
      close: async () => {
        await send('browser.close').catch(() => browser.kill());
        close();
        await ended;
      },
    };
  } catch (error) {
    browser.kill();
    throw error;
  }
}

/** Firefox says on its error output where it listens. */
function socketAddress(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(
      () => reject(new Error(`Firefox did not start within ${START_TIMEOUT_MS / 1000} s: ${text.slice(-500)}`)),
      START_TIMEOUT_MS,
    );
    output.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-10_000);
      const found = /WebDriver BiDi listening on (ws:\/\/127\.0\.0\.1:\d+)/.exec(text);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]!);
    });
    output.on('end', () => {
      clearTimeout(timer);
      reject(new Error(`Firefox ended before it could be asked: ${text.slice(-500)}`));
    });
  });
}

type Send = <Result = unknown>(method: string, params?: object) => Promise<Result>;

async function connectBidi(address: string): Promise<{ send: Send; close(): void }> {
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`Firefox did not accept a connection at ${address}.`)));
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let count = 0;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; type: string; result?: unknown; message?: string };
    const asked = message.id === undefined ? undefined : waiting.get(message.id);
    if (message.id === undefined || asked === undefined) return;
    waiting.delete(message.id);
    if (message.type === 'error') asked.reject(new Error(message.message ?? 'unknown error'));
    else asked.resolve(message.result);
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox was closed.'));
    waiting.clear();
  });
  return {
    send<Result>(method: string, params: object = {}) {
      return new Promise<Result>((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve: resolve as (value: unknown) => void, reject });
        socket.send(JSON.stringify({ id: count, method, params }));
      });
    },
    close: () => socket.close(),
  };
}

async function showPanel(send: Send): Promise<void> {
  const tree = await send<{ contexts: { context: string; url: string }[] }>('browsingContext.getTree', {
    'moz:scope': 'chrome',
  });
  const context = tree.contexts.find(({ url }) => url.endsWith('/browser.xhtml'))?.context;
  if (context === undefined) throw new Error('Firefox has no window to open its toolbox in.');
  const evaluate = async (expression: string) => {
    const answer = await send<{ type: string; result?: { value: string }; exceptionDetails?: { text: string } }>(
      'script.evaluate',
      { expression, target: { context }, awaitPromise: true },
    );
    if (answer.type !== 'success')
      throw new Error(`Firefox's toolbox: ${answer.exceptionDetails?.text ?? 'unknown error'}`);
    return JSON.parse(answer.result!.value) as { id: string; title: string }[];
  };
  let tool: string | undefined;
  for (let tries = 0; tries < TRIES && tool === undefined; tries++) {
    if (tries > 0) await wait(TRY_MS);
    tool = (await evaluate(OPEN_TOOLBOX('webconsole'))).find(({ title }) => title === 'Sessions')?.id;
  }
  if (tool === undefined)
    throw new Error(
      'Firefox loaded the extension and did not show its panel. Open the toolbox (F12) and choose Sessions.',
    );
  await evaluate(OPEN_TOOLBOX(tool));
}
