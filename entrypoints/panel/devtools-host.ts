/** The browser as the panel needs it: DevTools, cookies, permissions, storage. */
import browser from 'webextension-polyfill';
import type { PanelHost, SeenResponse } from '../../transport/index.ts';
import { createBrowserAccess } from './browser-access.ts';
import { harChannel, type HarMessage } from './har-channel.ts';

const { inspectedWindow } = browser.devtools;

export function createDevtoolsHost(): PanelHost {
  const { tabId } = inspectedWindow;
  const channel = harChannel(tabId);
  const onResponse = new Set<(response: SeenResponse) => void>();
  const onNavigated = new Set<(url: string) => void>();
  channel.addEventListener('message', ({ data }: MessageEvent<HarMessage>) => {
    if (data.type === 'navigated') for (const callback of onNavigated) callback(data.url);
    if (data.type === 'seen')
      for (const response of data.responses) for (const callback of onResponse) callback(response);
  });

  const access = createBrowserAccess(tabId);
  return {
    async pageUrl() {
      const url = await evaluate('location.href');
      return typeof url === 'string' ? url : undefined;
    },
    onNavigated: (callback) => subscribe(onNavigated, callback),
    onResponse(callback) {
      const dispose = subscribe(onResponse, callback);
      channel.postMessage({ type: 'panel-opened' } satisfies HarMessage);
      return dispose;
    },
    ...access,
    async load(key) {
      const { [key]: value } = await browser.storage.local.get(key);
      return typeof value === 'string' ? value : undefined;
    },
    save: (key, value) => browser.storage.local.set({ [key]: value }),
  };
}

/** In the inspected page; undefined where that lets nobody in, as the browser's own pages do. */
async function evaluate(expression: string): Promise<unknown> {
  try {
    // Firefox gives the result and the exception, Chromium with a `browser` of its own the result alone.
    const answer: unknown = await inspectedWindow.eval(expression);
    return Array.isArray(answer) ? answer[0] : answer;
  } catch {
    return undefined;
  }
}

function subscribe<T>(callbacks: Set<T>, callback: T): () => void {
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
