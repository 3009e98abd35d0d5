/** Firefox only: reads cookies and permissions for panels, which may not. Chromium's panels ask the browser themselves. */
import browser from 'webextension-polyfill';
import { defineBackground } from 'wxt/utils/define-background';
import {
  type AccessRequest,
  changeOf,
  cookieChannel,
  hasPermission,
  permissionChannel,
  readCookies,
  type StoreChange,
} from './panel/browser-access.ts';

export default defineBackground({
  include: ['firefox'],
  main() {
    browser.runtime.onMessage.addListener((message: unknown) => {
      const request = message as AccessRequest;
      switch (request.ask) {
        case 'cookies':
          return readCookies(request.query, request.tabId);
        case 'has-permission':
          return hasPermission(request.origin);
        case 'request-permission':
          return askInTab(request.origin);
      }
    });
    const permissions = permissionChannel();
    browser.permissions.onAdded.addListener(() => permissions.postMessage('added'));
    const changes = cookieChannel();
    browser.cookies.onChanged.addListener((info) => {
      const change = changeOf(info);
      void (async () => {
        const stores = await browser.cookies.getAllCookieStores();
        const tabIds = stores.find(({ id }) => id === info.cookie.storeId)?.tabIds ?? [];
        changes.postMessage({ change, tabIds } satisfies StoreChange);
      })();
    });
  },
});

/** Firefox asks for access only on a click in a page of ours: that page says for what. */
async function askInTab(origin: string): Promise<boolean> {
  await browser.tabs.create({ url: `/permission.html#${encodeURIComponent(origin)}` });
  return new Promise((resolve) => {
    const added = async () => {
      if (!(await hasPermission(origin))) return;
      browser.permissions.onAdded.removeListener(added);
      resolve(true);
    };
    browser.permissions.onAdded.addListener(added);
  });
}
