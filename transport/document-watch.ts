/**
 * Which changes of the tab's address brought another document. DevTools reports those of a router in the page too, of
 * which the document stays. A response that is a document belongs to one navigation; each is reported in its own time,
 * in either order. Where none comes, the browser may have kept the whole page (back/forward cache), and nobody was asked.
 */
import type { SeenResponse } from './seen-response.ts';

/** DevTools reports a navigation and its response each in its own time. */
const SETTLE_MS = 2_000;

/** Documents that wait for their navigation; a prerendered one may wait long. */
const MAX_WAITING = 100;

export interface NewDocument {
  url: string;
  /** When it was asked for, epoch ms, the browser's clock; where no response is known to be it, when the tab went there. */
  at: number;
}

export interface DocumentWatchOptions {
  /** The tab has another document. */
  onDocument(document: NewDocument): void;
  /** The browser had kept that document. Chromium only: Firefox does not say which response is a document. */
  onKept(page: NewDocument): void;
}

interface Navigation extends NewDocument {
  isDone: boolean;
}

export class DocumentWatch {
  readonly #options: DocumentWatchOptions;
  /** Documents of which no navigation has come, by key. */
  readonly #waiting = new Map<string, { url: string; startedAt: number }>();
  readonly #used = new Set<string>();
  /** Of which no document has come. */
  #navigations: Navigation[] = [];
  #hasDocuments = false;
  #isFirefox = false;

  constructor(options: DocumentWatchOptions) {
    this.#options = options;
  }

  see({ key, url, resourceType, dest = 'document', status, startedAt, browser }: SeenResponse): void {
    this.#isFirefox = browser === 'firefox';
    if (resourceType !== 'document' || dest !== 'document' || this.#used.has(key)) return;
    if (status >= 300 && status < 400 && status !== 304) return;
    this.#hasDocuments = true;
    this.#waiting.set(key, { url: withoutHash(url), startedAt });
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!);
    const navigation = this.#navigations.find((one) => withoutHash(one.url) === withoutHash(url));
    if (navigation) this.#pair(navigation);
  }

  /**
   * The address changed to `url`. `isAnother`: whether the page says that its document is another one. Whatever it
   * says, a document that came for this address has had its navigation.
   */
  navigated(url: string, { at = Date.now(), isAnother = Promise.resolve(true), settleMs = SETTLE_MS } = {}): void {
    // It reports no change by a router, and names no response a document.
    if (this.#isFirefox) return this.#options.onDocument({ url, at });
    const navigation: Navigation = { url, at, isDone: false };
    this.#navigations.push(navigation);
    this.#pair(navigation);
    setTimeout(() => void this.#settle(navigation, isAnother), settleMs);
  }

  /** Takes the newest document that came for this address, if one did. */
  #pair(navigation: Navigation): void {
    const url = withoutHash(navigation.url);
    const [key, document] = [...this.#waiting].findLast(([, waiting]) => waiting.url === url) ?? [];
    if (key === undefined || navigation.isDone) return;
    this.#waiting.delete(key);
    this.#used.add(key);
    this.#end(navigation);
    this.#options.onDocument({ url: navigation.url, at: document!.startedAt });
  }

  async #settle(navigation: Navigation, isAnother: Promise<boolean>): Promise<void> {
    if (navigation.isDone || !(await isAnother) || navigation.isDone) return this.#end(navigation);
    this.#end(navigation);
    const { url, at } = navigation;
    this.#options.onDocument({ url, at });
    if (this.#hasDocuments) this.#options.onKept({ url, at });
  }

  #end(navigation: Navigation): void {
    navigation.isDone = true;
    this.#navigations = this.#navigations.filter((one) => one !== navigation);
  }
}

const withoutHash = (url: string) => url.replace(/#.*$/, '');
