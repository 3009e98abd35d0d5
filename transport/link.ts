/** One server app that this tab has seen: what its responses lead to, and the companion that answers there. */
import type { Discovery, EncodedValue, Frame, KeyPath, OperationRecorded } from '../protocol/index.ts';
import { CompanionReader } from './companion-reader.ts';
import type { ConnectionChange, ConnectorSink, SeenCompanion } from './connection-change.ts';
import { type Companion, type DiscoveryOptions, findCompanion, type DiscoveredEndpoint } from './discovery.ts';
import { originOf } from './origin.ts';
import type { PanelHost } from './panel-host.ts';

/** Hosts by which one app is asked for its cookies: `localhost`, `127.0.0.1`, a name or two of its own. */
const MAX_ORIGINS = 8;

export interface LinkOptions extends Pick<DiscoveryOptions, 'checkPairing'> {
  host: PanelHost;
  fetch?: typeof fetch;
  retryMs: readonly [first: number, last: number];
  /** The `Origin` header of the panel's calls. */
  origin: string;
  pageUrl: () => string | undefined;
  /** What this link is now differs from what it was. */
  onChange: (link: Link, change: ConnectionChange) => void;
  events: ConnectorSink['events'];
  session: ConnectorSink['session'];
}

/** What is known of a link that has just begun. */
const UNTRIED: ConnectionChange = { hello: 'untried', listener: 'untried', stream: 'untried', paired: false };

export class Link {
  /** Whether the page that is open now has shown it. */
  isOfPage = true;
  /** Epoch ms of its last response here. */
  seenAt = Date.now();
  readonly #options: LinkOptions;
  readonly #reader: CompanionReader;
  readonly #stop = new AbortController();
  /** The newest discovered endpoint of each origin, the newest of all last. */
  readonly #discovered = new Map<string, DiscoveredEndpoint>();
  readonly #epochs = new Set<string>();
  #state: ConnectionChange = UNTRIED;
  #isConnecting = false;
  /** Another endpoint was discovered while one was followed. */
  #mustLookAgain = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#reader = new CompanionReader({
      host: options.host,
      retryMs: options.retryMs,
      ...(options.fetch ? { fetch: options.fetch } : {}),
      sink: {
        connection: (change) => this.#change(change),
        events: (events, isMore) => {
          for (const { epoch } of events) this.#epochs.add(epoch);
          options.events(events, isMore);
        },
        session: (answer) => options.session(answer, [...this.#epochs]),
      },
      cookieUrls: () => this.#cookieUrls(),
      connect: () => this.connect(),
      isNeeded: () => this.isOfPage,
    });
  }

  /** All that is known of it. */
  get state(): ConnectionChange {
    return this.#discovered.size > 0 ? { ...this.#state, header: 'found' } : this.#state;
  }

  get hasCompanion(): boolean {
    return this.#reader.companion !== undefined;
  }

  /** Whether this response's header is this app's: the same log, or the same project at the same address. */
  isOf({ app, at, epoch }: Discovery, origin: string): boolean {
    if (this.#epochs.has(epoch)) return true;
    if (app !== this.app) return false;
    return (
      this.hasOrigin(origin) || (at !== undefined && [...this.#discovered.values()].some(({ item }) => item.at === at))
    );
  }

  get cookieNames(): readonly string[] {
    return this.#reader.companion?.cookieNames ?? [];
  }

  get app(): string | undefined {
    return [...this.#discovered.values()].at(-1)?.item.app ?? this.#reader.companion?.app;
  }

  hasOrigin(origin: string): boolean {
    return this.#discovered.has(origin) || this.#reader.companion?.inApp.origin === origin;
  }

  hasEpoch(epoch: string): boolean {
    return this.#epochs.has(epoch);
  }

  /** Takes in what a response of it showed. */
  follow(discovered: DiscoveredEndpoint, exchanges: readonly string[], setsCookie: boolean): void {
    const isNewEpoch = !this.#epochs.has(discovered.item.epoch);
    this.#epochs.add(discovered.item.epoch);
    this.#discovered.delete(discovered.origin);
    this.#discovered.set(discovered.origin, discovered);
    if (this.#discovered.size > MAX_ORIGINS) this.#discovered.delete(this.#discovered.keys().next().value!);
    this.isOfPage = true;
    this.seenAt = Date.now();
    this.want(exchanges);
    if (!this.hasCompanion || (isNewEpoch && !this.#reader.isStreaming)) void this.connect();
    else if (setsCookie) void this.#reader.cookieChanged();
    this.#change({});
  }

  /** This browser has seen the responses of these exchanges. */
  want(exchanges: readonly string[]): void {
    for (const exchange of exchanges) this.#reader.want(exchange);
  }

  /** The jar may hold another cookie now; without a name, any may be. */
  cookieChanged(name?: string): void {
    void this.#reader.cookieChanged(name);
  }

  /** Tries each address that the header allows, until one answers for the right app; returns whether one did. */
  async connect(): Promise<boolean> {
    if (this.#stop.signal.aborted) return false;
    if (this.#isConnecting) {
      this.#mustLookAgain = true;
      return false;
    }
    this.#isConnecting = true;
    try {
      let companion: Companion | undefined;
      do {
        this.#mustLookAgain = false;
        companion = await this.#find();
      } while (this.#mustLookAgain && companion === undefined && !this.#stop.signal.aborted);
      if (companion === undefined || this.#stop.signal.aborted) return false;
      this.#epochs.add(companion.epoch);
      const opening = this.#reader.open(companion);
      // Named before its first event is.
      this.#change({});
      await opening;
      return true;
    } finally {
      this.#isConnecting = false;
    }
  }

  #find(): Promise<Companion | undefined> {
    const { host, fetch: fetcher, origin, pageUrl, checkPairing } = this.#options;
    return findCompanion(this.#newest(), pageUrl(), {
      host,
      onChange: (change) => this.#change(change),
      origin,
      ...(checkPairing ? { checkPairing } : {}),
      call: { signal: this.#stop.signal, ...(fetcher ? { fetch: fetcher } : {}) },
    });
  }

  /** The page's own, else the newest. */
  #newest(): DiscoveredEndpoint | undefined {
    return this.#discovered.get(originOf(this.#options.pageUrl()) ?? '') ?? [...this.#discovered.values()].at(-1);
  }

  /** Those that the browser would send to the app, by each of its hosts: the page may be another's. */
  #cookieUrls(): string[] {
    const pageUrl = this.#options.pageUrl();
    const pageOrigin = originOf(pageUrl);
    const isPage = pageOrigin !== undefined && (this.#discovered.size === 0 || this.#discovered.has(pageOrigin));
    return [...(isPage ? [pageUrl!] : []), ...[...this.#discovered.values()].map(({ url }) => url)];
  }

  #change(change: ConnectionChange): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onChange(this, change);
  }

  /** For people: which server this is. `undefined` before a companion has answered. */
  describe(): SeenCompanion | undefined {
    const { companion, stream = 'untried', streamFault, paired = false, listener } = this.#state;
    const { companion: found } = this.#reader;
    if (companion === undefined || found === undefined) return undefined;
    return {
      ...companion,
      origins: [...new Set([...this.#discovered.keys(), found.inApp.origin])],
      at: this.#newest()?.item.at ?? found.inApp.origin,
      epochs: [...this.#epochs],
      stream,
      ...(streamFault === undefined || stream === 'live' ? {} : { streamFault }),
      isDirect: listener === 'ok',
      paired,
      isOfPage: this.isOfPage,
    };
  }

  dispose(): void {
    this.#stop.abort();
    this.#reader.dispose();
  }

  // ── what the user asks for ─────────────────────────────────────────────────

  readStore = (session?: string): Promise<void> => this.#reader.readStore(session);
  loadValue = (
    operation: OperationRecorded,
    part: 'before' | 'after' | 'state' | 'stored',
    path: KeyPath,
    reveal: boolean,
  ): Promise<EncodedValue> => this.#reader.loadValue(operation, part, path, reveal);
  openSource = (frame: Frame): Promise<void> => this.#reader.openSource(frame);
  beginPairing = (): Promise<{ expiresInMs: number }> => this.#reader.beginPairing();
  completePairing = (code: string): Promise<void> => this.#reader.completePairing(code);
  unpair = (): Promise<void> => this.#reader.unpair();
}
