import type { SeenResponse } from './seen-response.ts';

/** What the panel needs of the browser around it. The extension implements it; tests have a real small one. */
export interface PanelHost {
  /** URL of the inspected page; `undefined` where it has none of http. */
  pageUrl(): Promise<string | undefined>;
  /** Calls back for each navigation of the inspected page. Returns the disposer. */
  onNavigated(callback: (url: string) => void): () => void;
  /** Calls back for each response, first for those kept since DevTools opened; again where one is known better. */
  onResponse(callback: (response: SeenResponse) => void): () => void;
  /** Cookies that the browser would send to `url`, by these names. */
  cookies(url: string, names: readonly string[]): Promise<{ name: string; value: string }[]>;
  /** Calls back when a cookie was set or went. */
  onCookieChanged(callback: (name: string) => void): () => void;
  hasPermission(origin: string): Promise<boolean>;
  /** Calls back when the user has given access to some site, in the browser's own settings too. Returns the disposer. */
  onPermissionAdded(callback: () => void): () => void;
  /** Must be called from a click. */
  requestPermission(origin: string): Promise<boolean>;
  /** What the panel keeps over restarts: tokens, by origin and app. */
  load(key: string): Promise<string | undefined>;
  save(key: string, value: string): Promise<void>;
}
