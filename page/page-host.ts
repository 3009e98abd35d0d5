/** What a plain page can give the panel of the browser around it: settings, and nothing else. */
import type { PanelHost } from '../transport/index.ts';

const nothing = () => () => undefined;

/**
 * The app's URL stands for the inspected page. No response, no cookie and no navigation of it is seen here: the panel
 * says so. Tokens are the server's.
 */
export const createPageHost = (appUrl: string): PanelHost => ({
  pageUrl: () => Promise.resolve(appUrl),
  onNavigated: nothing,
  onResponse: nothing,
  onCookieChanged: nothing,
  cookies: () => Promise.resolve([]),
  keptCookies: () => Promise.resolve(undefined),
  hasPermission: () => Promise.resolve(true),
  onPermissionAdded: nothing,
  requestPermission: () => Promise.resolve(true),
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
  forget: () => Promise.resolve(),
});
