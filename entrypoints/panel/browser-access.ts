/**
 * Cookies and permissions. Chromium gives both to a DevTools panel; Firefox gives it neither, so there the panel asks
 * the background, which uses the same functions.
 */
import browser from 'webextension-polyfill';

/** What a panel asks the background for; the answer is what the function of that name gives. */
export type AccessRequest =
  | { ask: 'cookies'; url: string; names: readonly string[]; tabId: number }
  | { ask: 'has-permission'; origin: string }
  | { ask: 'request-permission'; origin: string };

/** Cookie values of the inspected tab's own jar: private windows and containers have others. */
export interface JarCookie {
  name: string;
  value: string;
}

/** Tells panels which cookie changed, by name. */
export const cookieChannel = (): BroadcastChannel => new BroadcastChannel('sessionscope-cookies');

/** Tells panels that the user gave access to some site. */
export const permissionChannel = (): BroadcastChannel => new BroadcastChannel('sessionscope-permissions');

export const isRelayed = (): boolean => (browser as Partial<typeof browser>).cookies === undefined;

/** From the jar of the window that asks; with `tabId`, of that tab's. */
export async function readCookies(url: string, names: readonly string[], tabId?: number): Promise<JarCookie[]> {
  const stores = tabId === undefined ? [] : await browser.cookies.getAllCookieStores();
  const store = stores.find(({ tabIds }) => tabIds.includes(tabId!))?.id;
  // Nobody's jar rather than another's.
  if (tabId !== undefined && store === undefined) return [];
  const found = await Promise.all(
    names.map((name) => browser.cookies.getAll({ url, name, ...(store === undefined ? {} : { storeId: store }) })),
  );
  return found.flat().map(({ name, value }) => ({ name, value }));
}

export const hasPermission = (origin: string): Promise<boolean> =>
  browser.permissions.contains({ origins: [patternOf(origin)] });

/** Only on a click of the user's, in a page of the extension's own. */
export const requestPermission = (origin: string): Promise<boolean> =>
  browser.permissions.request({ origins: [patternOf(origin)] });

/** Match patterns take no port. */
function patternOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}

export interface BrowserAccess {
  cookies(url: string, names: readonly string[]): Promise<JarCookie[]>;
  onCookieChanged(callback: (name: string) => void): () => void;
  hasPermission(origin: string): Promise<boolean>;
  onPermissionAdded(callback: () => void): () => void;
  requestPermission(origin: string): Promise<boolean>;
}

export function createBrowserAccess(tabId: number): BrowserAccess {
  if (isRelayed()) {
    const ask = (request: AccessRequest): Promise<unknown> => browser.runtime.sendMessage(request);
    return {
      cookies: (url, names) => ask({ ask: 'cookies', url, names, tabId }) as Promise<JarCookie[]>,
      onCookieChanged(callback) {
        const channel = cookieChannel();
        channel.addEventListener('message', ({ data }: MessageEvent<string>) => callback(data));
        return () => channel.close();
      },
      hasPermission: (origin) => ask({ ask: 'has-permission', origin }) as Promise<boolean>,
      onPermissionAdded(callback) {
        const channel = permissionChannel();
        channel.addEventListener('message', callback);
        return () => channel.close();
      },
      requestPermission: (origin) => ask({ ask: 'request-permission', origin }) as Promise<boolean>,
    };
  }
  return {
    // A panel has the jar of the tab that it inspects: a private window's panel is private.
    cookies: (url, names) => readCookies(url, names),
    onCookieChanged(callback) {
      const listener = ({ cookie }: { cookie: { name: string } }) => callback(cookie.name);
      browser.cookies.onChanged.addListener(listener);
      return () => browser.cookies.onChanged.removeListener(listener);
    },
    hasPermission,
    onPermissionAdded(callback) {
      const listener = () => callback();
      browser.permissions.onAdded.addListener(listener);
      return () => browser.permissions.onAdded.removeListener(listener);
    },
    requestPermission,
  };
}
