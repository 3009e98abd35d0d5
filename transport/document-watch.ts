/**
 * Navigations that no response belongs to: the browser had kept the whole page (back/forward cache), and nobody was asked.
 * Chromium only: Firefox does not say which response is a document.
 */
import type { SeenResponse } from './seen-response.ts';

/** DevTools reports a navigation and its response each in its own time. */
const SETTLE_MS = 2_000;

/** Documents that wait for their navigation; a prerendered one may wait long. */
const MAX_WAITING = 100;

export class DocumentWatch {
  readonly #onKept: (page: { url: string; at: number }) => void;
  /** Documents of which no navigation has come, by key. */
  readonly #waiting = new Map<string, string>();
  readonly #used = new Set<string>();
  #hasDocuments = false;

  constructor(onKept: (page: { url: string; at: number }) => void) {
    this.#onKept = onKept;
  }

  see({ key, url, resourceType, status }: SeenResponse): void {
    if (resourceType !== 'document' || (status >= 300 && status < 400 && status !== 304) || this.#used.has(key)) return;
    this.#hasDocuments = true;
    this.#waiting.set(key, withoutHash(url));
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!);
  }

  /**
   * The address changed to `url`. `isAnother`: whether the document is another one, which it is not where a router in
   * the page changed the address. Whatever it says, a document that came for this address has had its navigation.
   */
  navigated(url: string, { at = Date.now(), isAnother = Promise.resolve(true), settleMs = SETTLE_MS } = {}): void {
    setTimeout(async () => {
      const [key] = [...this.#waiting].findLast(([, waiting]) => waiting === withoutHash(url)) ?? [];
      if (key !== undefined) {
        this.#waiting.delete(key);
        this.#used.add(key);
      } else if (this.#hasDocuments && (await isAnother)) this.#onKept({ url, at });
    }, settleMs);
  }
}

const withoutHash = (url: string) => url.replace(/#.*$/, '');
