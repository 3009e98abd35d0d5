/**
 * From a tab to the companions behind it: takes responses in, and keeps one link for each server app that they show.
 * The app of the page's own origin is the main one: the doctor speaks of it. Only the origin that answered and
 * loopback are asked.
 */
import type { EncodedValue, Frame, KeyPath, OperationRecorded } from '../protocol/index.ts';
import type { ConnectionChange, ConnectorSink } from './connection-change.ts';
import type { DiscoveryOptions } from './discovery.ts';
import { Link } from './link.ts';
import { isLoopbackOrigin, originOf } from './origin.ts';
import type { PanelHost } from './panel-host.ts';
import type { SeenResponse } from './seen-response.ts';
import { cluesWith, type ServerClues } from './server-clues.ts';

export interface ConnectorOptions extends Pick<DiscoveryOptions, 'checkPairing'> {
  host: PanelHost;
  sink: ConnectorSink;
  fetch?: typeof fetch;
  /** Milliseconds between attempts to connect again, growing to the second. Default 250 and 4,000. */
  retryMs?: readonly [first: number, last: number];
  /** The `Origin` header that the browser adds to the panel's calls. Default: this page's. */
  origin?: string;
}

/** A page and its parts, reported before its navigation. */
const MAX_EARLY = 50;

/** Server apps in one recording: a page, its APIs, a login of its own. The one seen longest ago makes room. */
const MAX_LINKS = 8;

/** Keys of responses that were counted. */
const MAX_SEEN = 20_000;

/** The browsers' own pages in place of one that did not load. */
const ERROR_PAGE = /^(?:chrome-error:|about:(?:neterror|certerror|blocked|httpsonlyerror))/;

const NOTHING_KNOWN: ConnectionChange = {
  responses: 0,
  header: 'none-yet',
  permission: 'unknown',
  hello: 'untried',
  listener: 'untried',
  stream: 'untried',
  paired: false,
  clues: undefined,
  isImpostor: false,
  isSilent: false,
};

export class Connector {
  readonly #options: Required<Pick<ConnectorOptions, 'host' | 'sink' | 'retryMs' | 'origin'>> &
    Pick<ConnectorOptions, 'fetch' | 'checkPairing'>;
  readonly #disposers: (() => void)[] = [];
  /** In the order in which the tab has shown them. */
  #links: Link[] = [];
  /** The page's own; where its origin has none, the first that the page shows. */
  #main: Link | undefined;
  /** The page's origin as it is being asked unbidden; it becomes a link where a companion answers. */
  #asked: Link | undefined;
  #isDisposed = false;
  #pageUrl: string | undefined;
  #hasNavigated = false;
  #responses = 0;
  /** What the page's own origin betrays of itself. */
  #clues: ServerClues | undefined;
  /** A header of this page was refused. */
  #isHeaderBad = false;
  readonly #seen = new Set<string>();
  /** Of other origins than the page's: a page's response may be reported before its navigation is. */
  readonly #early: SeenResponse[] = [];

  constructor({ retryMs = [250, 4_000], origin = ownOrigin(), ...options }: ConnectorOptions) {
    this.#options = { ...options, retryMs, origin };
  }

  /** Begins; events and connection changes come to the sink from now on. */
  async start(): Promise<void> {
    const { host } = this.#options;
    this.#disposers.push(
      host.onNavigated((url) => void this.#navigate(url)),
      host.onCookieChanged(({ cookie }) => this.#links.forEach((link) => link.cookieChanged(cookie.name))),
      host.onPermissionAdded(() => void this.#permissionAdded()),
    );
    const url = await host.pageUrl();
    // A page that was opened meanwhile has been reported already, and is newer than the answer.
    if (!this.#hasNavigated) await this.#visit(url);
    this.#disposers.push(host.onResponse((response) => this.#see(response)));
    // A page that was loaded before DevTools opened has shown no header: its origin is asked as it is.
    await this.#askPage();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#asked?.dispose();
    for (const link of this.#links) link.dispose();
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  // ── what the page shows ────────────────────────────────────────────────────

  async #navigate(url: string): Promise<void> {
    this.#hasNavigated = true;
    if (originOf(url) === originOf(this.#pageUrl)) {
      this.#pageUrl = url;
      for (const link of this.#links) link.cookieChanged();
      return;
    }
    await this.#visit(url);
    // Its response may have been reported already, or never: a page that the browser had kept.
    await this.#askPage();
  }

  /** A page of another origin: what was known of the one before is not known of this one; its servers stay. */
  async #visit(url: string | undefined): Promise<void> {
    const origin = originOf(url);
    this.#pageUrl = url;
    this.#responses = 0;
    this.#clues = undefined;
    this.#isHeaderBad = false;
    this.#main = undefined;
    this.#asked?.dispose();
    this.#asked = undefined;
    this.#options.sink.connection({ ...NOTHING_KNOWN, pageOrigin: origin, isErrorPage: ERROR_PAGE.test(url ?? '') });
    // A tab that has left for a page of no server is done with them; one that did not load may come back.
    if (origin === undefined && !ERROR_PAGE.test(url ?? '')) for (const link of this.#links) this.#drop(link);
    for (const link of this.#links) link.isOfPage = origin !== undefined && link.hasOrigin(origin);
    this.#chooseMain();
    const early = this.#early.splice(0).filter((response) => response.origin === origin);
    for (const { key } of early) this.#seen.delete(key);
    for (const response of early) this.#see(response);
    if (origin !== undefined) await this.#checkPermission(origin);
  }

  async #checkPermission(origin: string): Promise<boolean> {
    const granted = await this.#options.host.hasPermission(origin);
    this.#options.sink.connection({ permission: granted ? 'granted' : 'missing' });
    return granted;
  }

  /** On the panel's button, or in the browser's own settings: that was what it waited for. */
  async #permissionAdded(): Promise<void> {
    const origin = originOf(this.#pageUrl);
    if (origin === undefined || !(await this.#checkPermission(origin))) return;
    await Promise.all(this.#links.map((link) => link.hasCompanion || link.connect()));
    await this.#askPage();
  }

  #see(response: SeenResponse): void {
    const isFirst = !this.#seen.has(response.key);
    this.#seen.add(response.key);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value!);
    const isOfPage = response.origin === originOf(this.#pageUrl);
    if (isOfPage && isFirst && !response.fromCache) this.#responses += 1;
    if (isOfPage) this.#clues = cluesWith(this.#clues, response);
    if (!isOfPage) {
      this.#early.push(response);
      if (this.#early.length > MAX_EARLY) this.#early.shift();
    }
    const { discovery } = response;
    if (discovery?.ok) return this.#follow(response, discovery.items);
    const isLed = this.#main?.state.header === 'found';
    if (discovery === undefined) {
      // An entry that Chromium has not completed may lack any header; and a picture without one clears no bad page.
      const says = !response.hidesSetCookies && (!this.#isHeaderBad || response.resourceType === 'document');
      if (isOfPage && !isLed && says)
        this.#options.sink.connection({ responses: this.#responses, header: 'missing', clues: this.#clues });
      return;
    }
    this.#isHeaderBad ||= isOfPage;
    if (!isLed)
      this.#options.sink.connection({
        responses: this.#responses,
        header: discovery.versions ? 'other-version' : 'refused',
        headerFault: discovery.fault,
      });
  }

  #follow(response: SeenResponse, items: Extract<SeenResponse['discovery'], { ok: true }>['items']): void {
    const [item] = items;
    if (item === undefined || response.fromCache) return;
    const { origin, url } = response;
    const exchanges = items.map(({ exchange }) => exchange);
    let link = this.#links.find((one) => one.isOf(item, origin));
    // Whose header may lead to a port of this machine: this machine's, and the page's own.
    if (origin !== originOf(this.#pageUrl) && !isLoopbackOrigin(origin)) {
      // The same app by another name: its exchanges are proven by their ids, wherever they were seen.
      (link ?? this.#links.find(({ app }) => app === item.app))?.want(exchanges);
      return;
    }
    // Another project answers there now: the one before is not there any more.
    for (const other of this.#links.filter((one) => one !== link && one.hasOrigin(origin))) this.#drop(other);
    if (link === undefined) {
      link = this.#newLink();
      this.#links.push(link);
      if (this.#links.length > MAX_LINKS) this.#drop(this.#longestUnseen(link));
    }
    link.follow({ item, origin, url }, exchanges, response.setCookies.length > 0);
    this.#chooseMain();
    if (link === this.#main)
      this.#options.sink.connection({ responses: Math.max(1, this.#responses), header: 'found' });
  }

  // ── links ──────────────────────────────────────────────────────────────────

  #newLink(): Link {
    const { host, sink, fetch: fetcher, retryMs, origin, checkPairing } = this.#options;
    return new Link({
      host,
      retryMs,
      origin,
      ...(fetcher ? { fetch: fetcher } : {}),
      ...(checkPairing ? { checkPairing } : {}),
      pageUrl: () => this.#pageUrl,
      onChange: (link, change) => this.#linkChanged(link, change),
      events: sink.events,
      session: sink.session,
    });
  }

  #linkChanged(link: Link, change: ConnectionChange): void {
    const { sink } = this.#options;
    if (link === this.#main || (this.#main === undefined && link === this.#asked)) sink.connection(change);
    sink.connection({ companions: this.#links.flatMap((one) => one.describe() ?? []) });
  }

  #drop(link: Link): void {
    link.dispose();
    this.#links = this.#links.filter((one) => one !== link);
    if (link === this.#main) this.#main = undefined;
    this.#options.sink.connection({ companions: this.#links.flatMap((one) => one.describe() ?? []) });
  }

  #longestUnseen(newest: Link): Link {
    return this.#links
      .filter((link) => link !== newest && link !== this.#main)
      .reduce((a, b) => (b.seenAt < a.seenAt ? b : a));
  }

  /** The page's own origin counts; until it was asked, no other takes its place. */
  #chooseMain(): void {
    const origin = originOf(this.#pageUrl);
    const own = origin === undefined ? undefined : this.#links.findLast((link) => link.hasOrigin(origin));
    const main = own ?? (this.#asked === undefined ? this.#links.find(({ isOfPage }) => isOfPage) : undefined);
    if (main === undefined || main === this.#main) return;
    this.#main = main;
    this.#options.sink.connection(main.state);
  }

  /** The page's own origin, at the usual path, where no response has led to it. */
  async #askPage(): Promise<void> {
    const origin = originOf(this.#pageUrl);
    if (origin === undefined || this.#isDisposed || this.#asked !== undefined) return;
    if (this.#links.some((link) => link.hasOrigin(origin))) return;
    const asked = this.#newLink();
    this.#asked = asked;
    const isFound = await asked.connect();
    // Another page was opened meanwhile, or a response has led there.
    if (this.#asked !== asked) return;
    this.#asked = undefined;
    const isKnown = this.#links.some((link) => link.hasOrigin(origin));
    if (isFound && !isKnown) this.#links.push(asked);
    else asked.dispose();
    this.#chooseMain();
    if (isFound && !isKnown) this.#linkChanged(asked, {});
  }

  /** Whether a companion answers at this origin. */
  answersAt(origin: string): boolean {
    return this.#links.some((link) => link.hasCompanion && link.hasOrigin(origin));
  }

  /** Names of the cookies that sessions of the connected servers are in. */
  get cookieNames(): readonly string[] {
    return [...new Set(this.#links.flatMap((link) => link.cookieNames))];
  }

  // ── what the user asks for ─────────────────────────────────────────────────

  /**
   * The record in the store, by a pure read; the answer goes to the sink. `epoch`: of which server; default: the
   * page's. `session`: its fingerprint, where no cookie names it; only a paired panel may ask so. Rejects with words
   * for people.
   */
  async readStore(epoch?: string, session?: string): Promise<void> {
    await this.#need(epoch).readStore(session);
  }

  /**
   * A value that was cut for the wire, or, with `reveal` and only when paired, one that was redacted. `path`: from
   * the root of that part. Rejects with words for people.
   */
  async loadValue(
    operation: OperationRecorded,
    part: 'before' | 'after' | 'state' | 'stored',
    path: KeyPath,
    reveal = false,
  ): Promise<EncodedValue> {
    return this.#need(operation.epoch).loadValue(operation, part, path, reveal);
  }

  /** Asks the browser for access, to the page's origin unless another is named. Must be called from a click. */
  async requestPermission(origin: string | undefined = originOf(this.#pageUrl)): Promise<void> {
    if (origin === undefined || !(await this.#options.host.requestPermission(origin))) return;
    await this.#permissionAdded();
  }

  /** Has the server open a line in the developer's editor: only one that is paired does. Rejects with words for people. */
  async openSource(frame: Frame, epoch?: string): Promise<void> {
    return this.#need(epoch).openSource(frame);
  }

  /** Has the server print a code; answers how long that one is good. Rejects with words for people. */
  async beginPairing(epoch?: string): Promise<{ expiresInMs: number }> {
    return this.#need(epoch).beginPairing();
  }

  /** Exchanges the code for a token, keeps it, and begins to see everything. Rejects with words for people. */
  async completePairing(code: string, epoch?: string): Promise<void> {
    return this.#need(epoch).completePairing(code);
  }

  /** Forgets the token: from now on this panel sees its own sessions only. */
  async unpair(epoch?: string): Promise<void> {
    return this.#need(epoch).unpair();
  }

  #linkOf(epoch: string | undefined): Link | undefined {
    return epoch === undefined ? this.#main : this.#links.find((link) => link.hasEpoch(epoch));
  }

  #need(epoch: string | undefined): Link {
    const link = this.#linkOf(epoch);
    if (link === undefined)
      throw new Error(
        epoch === undefined || this.#links.length === 0
          ? 'No companion is connected. Load a page of your app first.'
          : 'The server of this request is not connected. Load one of its pages first.',
      );
    return link;
  }
}

const ownOrigin = (): string => (globalThis.location as Location | undefined)?.origin ?? '';
