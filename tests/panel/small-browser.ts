/**
 * A browser as far as the panel needs one: a cookie jar, pages with their redirects, what DevTools reports of each
 * response, and storage. No browser's quirks; those are tested in the real ones.
 */
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import {
  type CookieChange,
  type HarEntry,
  type JarCookie,
  type PanelHost,
  readHarEntry,
  type SeenResponse,
} from '../../transport/index.ts';

export const PANEL_ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  /** Epoch ms; absent: with the browser. */
  expiresAt?: number;
}

export interface SmallBrowser extends PanelHost {
  /** Opens a page, over its redirects; returns the last response. */
  visit(url: string, init?: RequestInit): Promise<Response>;
  /** A request that the page makes. Redirects are followed. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a form of the page, and opens what comes. */
  submit(path: string, fields?: Record<string, string>): Promise<Response>;
  /** Reports to the panel a response that no server gave. */
  show(response: SeenResponse): void;
  /** `fetch` as an extension's page does it: with the extension's origin; every call is kept in `calls`. */
  readonly panelFetch: typeof fetch;
  readonly calls: { url: string; headers: Headers; body: unknown }[];
  readonly stored: Map<string, string>;
  readonly jar: Cookie[];
  /** Origins that the extension may talk to; default: all. */
  permits: (origin: string) => boolean;
  /** The user gives access in the browser's settings. */
  permit(permits: (origin: string) => boolean): void;
}

export function createSmallBrowser(): SmallBrowser {
  const seen: SeenResponse[] = [];
  const onResponse = new Set<(response: SeenResponse) => void>();
  const onNavigated = new Set<(url: string) => void>();
  const onPermission = new Set<() => void>();
  const onCookie = new Set<(change: CookieChange) => void>();
  const stored = new Map<string, string>();
  const calls: SmallBrowser['calls'] = [];
  let jar: Cookie[] = [];
  let page: string | undefined;

  const cookiesFor = (url: URL) =>
    jar.filter(
      ({ host, path, expiresAt }) =>
        host === url.hostname && url.pathname.startsWith(path) && (expiresAt === undefined || expiresAt > Date.now()),
    );

  function keep(line: string, { hostname }: URL): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const attribute = (name: string) =>
      attributes.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const name = pair.slice(0, pair.indexOf('='));
    const path = attribute('path') ?? '/';
    const maxAge = attribute('max-age');
    const expires = attribute('expires');
    const expiresAt =
      maxAge !== undefined
        ? Date.now() + Number(maxAge) * 1_000
        : expires === undefined
          ? undefined
          : Date.parse(expires);
    jar = jar.filter((cookie) => !(cookie.name === name && cookie.host === hostname && cookie.path === path));
    const cookie = {
      name,
      value: pair.slice(name.length + 1),
      host: hostname,
      path,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const removed = expiresAt !== undefined && expiresAt <= Date.now();
    if (!removed) jar.push(cookie);
    for (const callback of onCookie)
      callback({ cookie: jarCookieOf(cookie), removed, cause: 'explicit', at: Date.now() });
  }

  function report(entry: HarEntry): void {
    const response = readHarEntry(entry);
    if (response) show(response);
  }

  function show(response: SeenResponse): void {
    seen.push(response);
    for (const callback of onResponse) callback(response);
  }

  /** One request, without following where it leads. */
  async function once(url: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookies = cookiesFor(url);
    if (cookies.length > 0) headers.set('cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
    const startedAt = Date.now();
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) keep(line, url);
    report({
      startedDateTime: new Date(startedAt).toISOString(),
      time: Date.now() - startedAt,
      request: {
        method: init.method ?? 'GET',
        url: url.href,
        headers: [{ name: 'Host', value: url.host }, ...[...headers].map(([name, value]) => ({ name, value }))],
      },
      response: {
        status: response.status,
        headers: [
          ...[...response.headers].filter(([name]) => name !== 'set-cookie').map(([name, value]) => ({ name, value })),
          ...response.headers.getSetCookie().map((value) => ({ name: 'Set-Cookie', value })),
        ],
      },
    });
    return response;
  }

  async function follow(url: URL, init: RequestInit): Promise<{ response: Response; url: URL }> {
    let at = url;
    let response = await once(at, init);
    for (let hop = 0; hop < 10 && response.status >= 300 && response.status < 400; hop++) {
      const location = response.headers.get('location');
      if (location === null) break;
      await response.arrayBuffer();
      at = new URL(location, at);
      response = await once(at, {});
    }
    return { response, url: at };
  }

  const browser: SmallBrowser = {
    stored,
    calls,
    get jar() {
      return jar;
    },
    permits: () => true,
    permit(permits) {
      browser.permits = permits;
      for (const callback of onPermission) callback();
    },
    show,
    async visit(url, init = {}) {
      const { response, url: at } = await follow(new URL(url), init);
      page = at.href;
      for (const callback of onNavigated) callback(page);
      return response;
    },
    request: async (path, init = {}) => (await follow(new URL(path, page), init)).response,
    submit: (path, fields = {}) =>
      browser.visit(new URL(path, page).href, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      }),
    panelFetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('origin', PANEL_ORIGIN);
      calls.push({ url: String(input), headers, body: JSON.parse(String(init?.body)) as unknown });
      return fetch(input, { ...init, headers });
    },
    pageUrl: () => Promise.resolve(page),
    onNavigated: (callback) => subscribe(onNavigated, callback),
    onResponse(callback) {
      const dispose = subscribe(onResponse, callback);
      for (const response of seen) callback(response);
      return dispose;
    },
    cookies: (url, names) =>
      Promise.resolve(
        cookiesFor(new URL(url))
          .filter(({ name }) => names.includes(name))
          .map(jarCookieOf),
      ),
    keptCookies: (url, names) =>
      Promise.resolve(
        jar.filter(({ name, host }) => names.includes(name) && host === new URL(url).hostname).map(jarCookieOf),
      ),
    onCookieChanged: (callback) => subscribe(onCookie, callback),
    hasPermission: (origin) => Promise.resolve(browser.permits(origin)),
    onPermissionAdded: (callback) => subscribe(onPermission, callback),
    requestPermission: (origin) => Promise.resolve(browser.permits(origin)),
    load: (key) => Promise.resolve(stored.get(key)),
    save: (key, value) => Promise.resolve(void stored.set(key, value)),
    forget: (key) => Promise.resolve(void stored.delete(key)),
  };
  return browser;
}

const jarCookieOf = ({ name, value, host, path, expiresAt }: Cookie): JarCookie => ({
  name,
  value,
  path,
  domain: host,
  secure: false,
  httpOnly: true,
  expiresAt: expiresAt ?? null,
});

function subscribe<T>(callbacks: Set<T>, callback: T): () => void {
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
