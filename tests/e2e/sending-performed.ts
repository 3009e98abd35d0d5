/** Makes a request of each kind in a real browser, as a page or a user makes it. */
import type { Page } from 'puppeteer-core';
import type { RequestKind } from '../../model/recording/future-request.ts';
import { until } from '../browsers/until.ts';

const LEAVES: ReadonlySet<RequestKind> = new Set(['link', 'form-post']);

/** From the page that is open; resolves once it was begun, and where it leaves the page, once that was left. */
export async function perform(page: Page, kind: RequestKind, url: string): Promise<void> {
  if (kind === 'typed') {
    await page.goto(url);
    return;
  }
  const begin = (how: string, target: string) => {
    const add = <T extends Element>(element: T, fields: Partial<T>): T => {
      document.body.append(Object.assign(element, fields));
      return element;
    };
    const fetched = (credentials?: RequestCredentials) =>
      void fetch(target, credentials === undefined ? {} : { credentials }).catch(() => undefined);
    switch (how) {
      case 'link':
        return add(document.createElement('a'), { href: target }).click();
      case 'form-post':
        return add(document.createElement('form'), { action: target, method: 'post' }).submit();
      case 'fetch':
        return fetched();
      case 'fetch-include':
        return fetched('include');
      case 'fetch-omit':
        return fetched('omit');
      case 'frame':
        return void add(document.createElement('iframe'), { src: target });
      default:
        return void add(document.createElement('img'), { src: target, alt: '' });
    }
  };
  await page.evaluate(begin, kind, url);
  if (LEAVES.has(kind)) await until(() => page.url() === url, `the page to be at ${url}`);
}
