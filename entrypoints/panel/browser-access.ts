/**
 * Cookies and permissions. Chromium gives both to a DevTools panel; Firefox gives it neither, so there the panel asks
 * the background, which uses the same functions.
 */
import browser, { type Cookies } from 'webextension-polyfill';
import type { CookieChange, JarCookie } from '../../transport/index.ts';
import { isLoopbackOrigin } from '../../transport/origin.ts';

/** What a panel asks the background for; the answer is what the function of that name gives. */
export type AccessRequest =
  | { ask: 'cookies'; query: CookieQuery; tabId: number }
  | { ask: 'has-permission'; origin: string }
  | { ask: 'request-permission'; origin: string };

export interface CookieQuery {
  url: string;
  names: readonly string[];
  /** Site of the inspected page: cookies that are sent below it alone are found by it. */
  topLevelSite?: string | undefined;
  /** Those kept for the host that would not be sent to `url` as well. */
  wide?: boolean;
}

/** Sends panels what changed in some jar, and in which. */
export const cookieChannel = (): BroadcastChannel => new BroadcastChannel('sessionscope-cookies');

export interface StoreChange {
  change: CookieChange;
  /** Tabs of that jar. */
  tabIds: number[];
}

/** Notifies panels that the user gave access to some site. */
export const permissionChannel = (): BroadcastChannel => new BroadcastChannel('sessionscope-permissions');

export const isRelayed = (): boolean => (browser as Partial<typeof browser>).cookies === undefined;

/** The jar of a tab: private windows and containers have others. */
export async function storeOf(tabId: number): Promise<string | undefined> {
  const stores = await browser.cookies.getAllCookieStores();
  return stores.find(({ tabIds }) => tabIds.includes(tabId))?.id;
}

/** Asked by http Firefox leaves Secure cookies out, those too that it sends to this machine by http. */
function urlsOf(url: string): { url: string }[] {
  const { origin } = new URL(url);
  return origin.startsWith('http:') && isLoopbackOrigin(origin)
    ? [{ url }, { url: url.replace(/^http:/i, 'https:') }]
    : [{ url }];
}

/** From the jar of the window that asks; with `tabId`, of that tab's. `undefined`: that tab has none that can be read. */
export async function readCookies(
  { url, names, topLevelSite, wide = false }: CookieQuery,
  tabId?: number,
): Promise<JarCookie[] | undefined> {
  const storeId = tabId === undefined ? undefined : await storeOf(tabId);
  // Nobody's jar rather than another's.
  if (tabId !== undefined && storeId === undefined) return undefined;
  const where = [...urlsOf(url), ...(wide ? [{ domain: new URL(url).hostname.replace(/^\[|\]$/g, '') }] : [])];
  // Partitioned cookies are in no answer to the plain question. `{}` would ask for every site's.
  const jars = [{}, ...(topLevelSite === undefined ? [] : [{ partitionKey: { topLevelSite } }])];
  const store = storeId === undefined ? {} : { storeId };
  const asked = names.flatMap((name) =>
    where.flatMap((place) => jars.map((jar) => browser.cookies.getAll({ ...place, name, ...store, ...jar }))),
  );
  // A browser that knows no partitions, or no such domain, refuses the question: the others stand.
  const found = (await Promise.allSettled(asked)).flatMap((answer) =>
    answer.status === 'fulfilled' ? answer.value.map(jarCookieOf) : [],
  );
  const unique = new Map(
    found.map((one) => [[one.name, one.domain, one.path, one.partition, one.hasForeignAncestor].join(' '), one]),
  );
  return [...unique.values()];
}

const SAME_SITE: Readonly<Record<string, JarCookie['sameSite']>> = {
  strict: 'strict',
  lax: 'lax',
  no_restriction: 'none',
};

/** A cookie of the browser's, as the panel knows it. */
export function jarCookieOf(cookie: Cookies.Cookie): JarCookie {
  const { name, value, path, domain, secure, httpOnly, expirationDate } = cookie;
  const sameSite = SAME_SITE[cookie.sameSite];
  const { partitionKey } = cookie as {
    partitionKey?: { topLevelSite?: string; hasCrossSiteAncestor?: boolean } | null;
  };
  const partition = partitionKey?.topLevelSite;
  const hasForeignAncestor = partitionKey?.hasCrossSiteAncestor;
  return {
    name,
    value,
    path,
    domain: cookie.hostOnly ? domain : `.${domain.replace(/^\./, '')}`,
    secure,
    httpOnly,
    ...(sameSite === undefined ? {} : { sameSite }),
    expiresAt: expirationDate === undefined ? null : expirationDate * 1_000,
    ...(partition === undefined ? {} : { partition }),
    ...(partition === undefined || hasForeignAncestor === undefined ? {} : { hasForeignAncestor }),
  };
}

/** The browser's own report of a change. */
export const changeOf = ({ cookie, removed, cause }: Cookies.OnChangedChangeInfoType): CookieChange => ({
  cookie: jarCookieOf(cookie),
  removed,
  cause,
  at: Date.now(),
});

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
  cookies(query: CookieQuery): Promise<JarCookie[] | undefined>;
  onCookieChanged(callback: (change: CookieChange) => void): () => void;
  hasPermission(origin: string): Promise<boolean>;
  onPermissionAdded(callback: () => void): () => void;
  requestPermission(origin: string): Promise<boolean>;
}

/** Where the panel may not ask the browser itself. */
function relayedAccess(tabId: number): BrowserAccess {
  const ask = (request: AccessRequest): Promise<unknown> => browser.runtime.sendMessage(request);
  return {
    cookies: (query) => ask({ ask: 'cookies', query, tabId }) as Promise<JarCookie[] | undefined>,
    onCookieChanged(callback) {
      const channel = cookieChannel();
      channel.addEventListener('message', ({ data }: MessageEvent<StoreChange>) => {
        if (data.tabIds.includes(tabId)) callback(data.change);
      });
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

export function createBrowserAccess(tabId: number): BrowserAccess {
  if (isRelayed()) return relayedAccess(tabId);
  return {
    // A panel has the jar of the tab that it inspects: a private window's panel is private.
    cookies: (query) => readCookies(query),
    onCookieChanged(callback) {
      const store = storeOf(tabId).catch(() => undefined);
      const listener = (info: Cookies.OnChangedChangeInfoType) => {
        const change = changeOf(info);
        // Another jar's change is none of this tab's.
        void (async () => {
          if ((await store) === info.cookie.storeId) callback(change);
        })();
      };
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
