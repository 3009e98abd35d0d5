/** The browser as the panel needs it: DevTools, cookies, permissions, storage. */
import browser from 'webextension-polyfill';
import {
  OWN_REQUESTS,
  type OwnRequest,
  parseOwnRequests,
  type PanelHost,
  type SeenResponse,
} from '../../transport/index.ts';
import { createBrowserAccess } from './browser-access.ts';
import { harChannel, type HarMessage } from './har-channel.ts';

const { inspectedWindow } = browser.devtools;

/** As the panel needs it, and what only DevTools says. */
export interface DevtoolsHost extends PanelHost {
  /** Calls back with the moment, epoch ms, from which on responses are reported. */
  onSeenSince(callback: (at: number) => void): () => void;
  /** The inspected page's own list of its requests; empty where it lets nobody in. */
  ownRequests(): Promise<OwnRequest[]>;
  /** When the inspected document began: no two of a tab began at once. `undefined`: it lets nobody in. */
  documentBegan(): Promise<unknown>;
}

export function createDevtoolsHost(): DevtoolsHost {
  const { tabId } = inspectedWindow;
  const channel = harChannel(tabId);
  const onResponse = new Set<(response: SeenResponse) => void>();
  const onNavigated = new Set<(url: string) => void>();
  const onSeenSince = new Set<(at: number) => void>();
  channel.addEventListener('message', ({ data }: MessageEvent<HarMessage>) => {
    if (data.type === 'navigated') for (const callback of onNavigated) callback(data.url);
    if (data.type === 'seen' && data.since !== undefined) for (const callback of onSeenSince) callback(data.since);
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
    onSeenSince: (callback) => subscribe(onSeenSince, callback),
    ownRequests: async () => parseOwnRequests(await evaluate(OWN_REQUESTS)),
    documentBegan: () => evaluate('performance.timeOrigin'),
    ...access,
    cookies: async (url, names) => (await access.cookies({ url, names, topLevelSite: await topLevelSite() })) ?? [],
    keptCookies: async (url, names) => access.cookies({ url, names, topLevelSite: await topLevelSite(), wide: true }),
    ...(browser.extension.inIncognitoContext ? privateStorage() : STORAGE),
  };
}

type Storage = Pick<PanelHost, 'load' | 'save' | 'forget'>;

const STORAGE: Storage = {
  async load(key) {
    const { [key]: value } = await browser.storage.local.get(key);
    return typeof value === 'string' ? value : undefined;
  },
  save: (key, value) => browser.storage.local.set({ [key]: value }),
  forget: (key) => browser.storage.local.remove(key),
};

/** Of a private window, which reads what others have kept and leaves nothing behind: it is gone with DevTools. */
function privateStorage(): Storage {
  const own = new Map<string, string | undefined>();
  return {
    load: async (key) => (own.has(key) ? own.get(key) : STORAGE.load(key)),
    save: async (key, value) => void own.set(key, value),
    forget: async (key) => void own.set(key, undefined),
  };
}

/** The inspected page's, below which partitioned cookies are kept: its origin without the port. */
async function topLevelSite(): Promise<string | undefined> {
  const origin = await evaluate('location.origin');
  const url = typeof origin === 'string' ? URL.parse(origin) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? `${url.protocol}//${url.hostname}` : undefined;
}

/** DevTools may never answer what it was asked while a page is left. */
const EVALUATE_MS = 2_000;

/** In the inspected page; undefined where that lets nobody in, as the browser's own pages do, or does not answer. */
async function evaluate(expression: string): Promise<unknown> {
  try {
    // Firefox gives the result and the exception, Chromium with a `browser` of its own the result alone.
    const answer: unknown = await Promise.race([
      inspectedWindow.eval(expression),
      new Promise((resolve) => setTimeout(resolve, EVALUATE_MS)),
    ]);
    return Array.isArray(answer) ? answer[0] : answer;
  } catch {
    return undefined;
  }
}

function subscribe<T>(callbacks: Set<T>, callback: T): () => void {
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
