import type { CookieChange, JarCookie } from './jar.ts';
import type { SeenResponse } from './seen-response.ts';

/** What the panel needs of the browser around it. The extension implements it; tests have a real small one. */
export interface PanelHost {
  /** URL of the inspected page; `undefined` where it has none of http. */
  pageUrl(): Promise<string | undefined>;
  /** Calls back for each navigation of the inspected page. Returns the disposer. */
  onNavigated(callback: (url: string) => void): () => void;
  /** Calls back for each response, first for those kept since DevTools opened; again where one is known better. */
  onResponse(callback: (response: SeenResponse) => void): () => void;
  /** Cookies that the browser would send to `url` below the inspected page, by these names. */
  cookies(url: string, names: readonly string[]): Promise<JarCookie[]>;
  /**
   * As `cookies`, with those that are kept for the host of `url` and would not be sent there, for another path.
   * `undefined`: the jar can't be read.
   */
  keptCookies(url: string, names: readonly string[]): Promise<JarCookie[] | undefined>;
  /** Calls back when a cookie of the inspected tab's jar was set or removed. */
  onCookieChanged(callback: (change: CookieChange) => void): () => void;
  hasPermission(origin: string): Promise<boolean>;
  /** Calls back when the user has given access to some site, in the browser's own settings too. Returns the disposer. */
  onPermissionAdded(callback: () => void): () => void;
  /** Must be called from a click. */
  requestPermission(origin: string): Promise<boolean>;
  /** What the panel keeps over restarts: tokens, by origin and app. */
  load(key: string): Promise<string | undefined>;
  save(key: string, value: string): Promise<void>;
  forget(key: string): Promise<void>;
}
