/**
 * From a page to its companion: takes responses in, says hello where their header leads, opens the direct door, and
 * reads events with what proves the right to see them. Whoever answers the page may have written the header, so:
 * only the origin that answered and loopback are asked, nothing secret is sent before the right app has answered.
 */
import {
  type Discovery,
  type EventsAnswer,
  type HelloAnswer,
  type KeyPath,
  type OperationRecorded,
  pairAnswer,
  PROTOCOL_VERSION,
  type Proofs,
  type SessionAnswer,
  sessionAnswer,
  type SessionscopeEvent,
  valueAnswer,
  type EncodedValue,
} from '../protocol/index.ts';
import { type Answer, callEndpoint, type Place } from './endpoint-client.ts';
import { pollOnce } from './event-stream.ts';
import { failureOf, type HelloFailure, sayHello, worstOf } from './hello.ts';
import type { PanelHost } from './panel-host.ts';
import type { SeenResponse } from './seen-response.ts';
import { readSharedEvents } from './shared-events.ts';
import { WantedExchanges } from './wanted-exchanges.ts';

/** What the connector tells: the same fields as the model's `Connection`, each as it changes. */
export interface ConnectionChange {
  pageOrigin?: string | undefined;
  responses?: number;
  header?: 'none-yet' | 'missing' | 'found' | 'refused' | 'other-version';
  headerFault?: string;
  permission?: 'unknown' | 'granted' | 'missing';
  hello?: 'untried' | 'ok' | 'failed' | 'refused' | 'other-version' | 'other-app';
  helloOrigin?: string;
  helloFault?: string;
  door?: 'untried' | 'ok' | 'unreachable';
  doorFault?: string;
  stream?: 'untried' | 'idle' | 'live' | 'polling' | 'broken' | 'refused';
  streamFault?: string;
  streamSince?: number;
  paired?: boolean;
  companion?: { project: string; runtime: string; libraries: string[]; app: string };
}

export interface ConnectorSink {
  connection(change: ConnectionChange): void;
  events(events: readonly SessionscopeEvent[]): void;
  session(answer: SessionAnswer): void;
}

export interface ConnectorOptions {
  host: PanelHost;
  sink: ConnectorSink;
  fetch?: typeof fetch;
  /** Milliseconds between attempts to connect again, growing to the second. Default 250 and 4,000. */
  retryMs?: readonly [first: number, last: number];
}

/** A companion that answered. */
interface Companion {
  /** Where it is asked: the direct door, or inside the app with a token. */
  place: Place;
  /** Inside the app, where hello was said. */
  inApp: Place;
  app: string;
  cookieNames: string[];
  isDirect: boolean;
  token: string | undefined;
}

/** A response whose header leads to a companion. */
interface Lead {
  item: Discovery;
  origin: string;
  url: string;
}

/** Where the endpoint is if nothing says otherwise. */
const DEFAULT_PATH = '/__sessionscope__';

/** A page and its parts, told before its navigation. */
const MAX_EARLY = 50;

/** Without a stream, how often the companion is asked whether it is still there. */
const IDLE_MS = 3_000;

const LOOPBACK = /^https?:\/\/(?:localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK.test(origin);

export class Connector {
  readonly #host: PanelHost;
  readonly #sink: ConnectorSink;
  readonly #fetch: typeof fetch | undefined;
  readonly #retryMs: readonly [number, number];
  readonly #stop = new AbortController();
  readonly #disposers: (() => void)[] = [];
  #pageUrl: string | undefined;
  #hasNavigated = false;
  #responses = 0;
  /** A header of this page was refused. */
  #isHeaderBad = false;
  readonly #seen = new Set<string>();
  /** Of other origins than the page's: a page's response may be told before its navigation is. */
  readonly #early: SeenResponse[] = [];
  #companion: Companion | undefined;
  /** The newest lead of each origin: a page's response may be told before its navigation is. */
  readonly #leads = new Map<string, Lead>();
  /** The newest valid header item, and the origin that sent it. */
  #lead: Lead | undefined;
  #isConnecting = false;
  /** Another lead, or another page, came while one was followed. */
  #mustLookAgain = false;
  #stream: AbortController | undefined;
  #after: EventsAnswer['next'] | null = null;
  #cookies: { name: string; value: string }[] = [];
  readonly #wanted = new WantedExchanges(async (exchanges) => {
    if (this.#companion !== undefined) await this.#catchUp({ exchanges });
  });
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ host, sink, fetch: fetcher, retryMs = [250, 4_000] }: ConnectorOptions) {
    this.#host = host;
    this.#sink = sink;
    this.#fetch = fetcher;
    this.#retryMs = retryMs;
  }

  /** Begins; events and connection changes come to the sink from now on. */
  async start(): Promise<void> {
    this.#disposers.push(
      this.#host.onNavigated((url) => void this.#navigate(url)),
      this.#host.onCookieChanged((name) => void this.#cookieChanged(name)),
      this.#host.onPermissionAdded(() => void this.#permissionAdded()),
    );
    const url = await this.#host.pageUrl();
    // A page that was opened meanwhile has been told already, and is newer than the answer.
    if (!this.#hasNavigated) await this.#visit(url);
    this.#disposers.push(this.#host.onResponse((response) => this.#see(response)));
    // A page that was loaded before DevTools opened has shown no header: its origin is asked as it is.
    if (this.#lead === undefined) await this.#connect();
  }

  dispose(): void {
    this.#stop.abort();
    this.#stream?.abort();
    this.#wanted.stop();
    clearTimeout(this.#idleTimer);
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  // ── what the page shows ────────────────────────────────────────────────────

  async #navigate(url: string): Promise<void> {
    this.#hasNavigated = true;
    if (originOf(url) === originOf(this.#pageUrl)) {
      this.#pageUrl = url;
      void this.#cookieChanged(undefined);
      return;
    }
    await this.#visit(url);
    // Its response may have been told already, or never: a page that the browser had kept.
    await this.#connect();
  }

  /** A page of another origin: all that was known of the one before is not known of this one. */
  async #visit(url: string | undefined): Promise<void> {
    const origin = originOf(url);
    this.#pageUrl = url;
    this.#responses = 0;
    this.#isHeaderBad = false;
    this.#lead = origin === undefined ? undefined : this.#leads.get(origin);
    this.#companion = undefined;
    this.#endStream();
    this.#sink.connection({
      pageOrigin: origin,
      responses: 0,
      header: 'none-yet',
      permission: 'unknown',
      hello: 'untried',
      door: 'untried',
      stream: 'untried',
      paired: false,
    });
    const early = this.#early.splice(0).filter((response) => response.origin === origin);
    for (const { key } of early) this.#seen.delete(key);
    for (const response of early) this.#see(response);
    if (origin !== undefined) await this.#checkPermission(origin);
  }

  async #checkPermission(origin: string): Promise<boolean> {
    const granted = await this.#host.hasPermission(origin);
    this.#sink.connection({ permission: granted ? 'granted' : 'missing' });
    return granted;
  }

  /** On the panel's button, or in the browser's own settings: that was what it waited for. */
  async #permissionAdded(): Promise<void> {
    const origin = originOf(this.#pageUrl);
    if (origin === undefined || this.#companion !== undefined) return;
    if (await this.#checkPermission(origin)) await this.#connect();
  }

  #see(response: SeenResponse): void {
    const isFirst = !this.#seen.has(response.key);
    this.#seen.add(response.key);
    const isOfPage = response.origin === originOf(this.#pageUrl);
    if (isOfPage && isFirst && !response.fromCache) this.#responses += 1;
    if (!isOfPage) {
      this.#early.push(response);
      if (this.#early.length > MAX_EARLY) this.#early.shift();
    }
    const { discovery } = response;
    if (discovery === undefined) {
      // An entry that Chromium has not completed may lack any header; and a picture without one clears no bad page.
      const says = !response.hidesCookies && (!this.#isHeaderBad || response.resourceType === 'document');
      if (isOfPage && this.#lead === undefined && says)
        this.#sink.connection({ responses: this.#responses, header: 'missing' });
      return;
    }
    if (!discovery.ok) {
      this.#isHeaderBad ||= isOfPage;
      if (this.#lead === undefined)
        this.#sink.connection({
          responses: this.#responses,
          header: discovery.versions ? 'other-version' : 'refused',
          headerFault: discovery.fault,
        });
      return;
    }
    const [item] = discovery.items;
    if (item === undefined || response.fromCache) return;
    if (!this.#mayLead(response.origin)) {
      // The same app by another name: its exchanges are proven by their ids, wherever they were seen.
      if (item.app === this.#lead?.item.app) for (const { exchange } of discovery.items) this.#wanted.want(exchange);
      return;
    }
    const isNewEpoch = this.#lead?.item.epoch !== item.epoch;
    this.#lead = { item, origin: response.origin, url: response.url };
    this.#leads.set(response.origin, this.#lead);
    this.#sink.connection({ responses: Math.max(1, this.#responses), header: 'found' });
    for (const { exchange } of discovery.items) this.#wanted.want(exchange);
    if (this.#companion?.app !== item.app || (isNewEpoch && this.#stream === undefined)) void this.#connect();
    else if (response.setCookies.length > 0) void this.#cookieChanged(undefined);
  }

  /** The page's own origin; else one of this machine, unless the page's own leads already. */
  #mayLead(origin: string): boolean {
    const pageOrigin = originOf(this.#pageUrl);
    return origin === pageOrigin || (isLoopbackOrigin(origin) && this.#lead?.origin !== pageOrigin);
  }

  // ── hello, and the door ────────────────────────────────────────────────────

  /** Tries each place that the header allows, until one answers for the right app; returns whether one did. */
  async #connect(): Promise<boolean> {
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
        companion = await this.#findCompanion();
        // What was found meanwhile counts where it leads elsewhere.
      } while (
        this.#mustLookAgain &&
        (companion === undefined || companion.app !== this.#lead?.item.app) &&
        !this.#stop.signal.aborted
      );
      if (companion === undefined) return false;
      this.#companion = companion;
      await this.#readCookies();
      this.#openStream();
      void this.readStore();
      return true;
    } finally {
      this.#isConnecting = false;
    }
  }

  /** The origin that answered first, then the socket's own where it is loopback. */
  #candidates(): { place: Place; app: string | undefined }[] {
    const lead = this.#lead;
    if (lead === undefined) {
      const origin = originOf(this.#pageUrl);
      return origin === undefined ? [] : [{ place: { origin, path: DEFAULT_PATH }, app: undefined }];
    }
    const { item, origin } = lead;
    const origins = item.at !== origin && isLoopbackOrigin(item.at) ? [origin, item.at] : [origin];
    return origins.map((candidate) => ({ place: { origin: candidate, path: item.path }, app: item.app }));
  }

  async #findCompanion(): Promise<Companion | undefined> {
    const failures: HelloFailure[] = [];
    for (const { place, app } of this.#candidates()) {
      const isGranted = await this.#host.hasPermission(place.origin);
      // What is told is access to the page: another place that may be asked can't give the page's cookies.
      if (place.origin === originOf(this.#pageUrl))
        this.#sink.connection({ permission: isGranted ? 'granted' : 'missing' });
      if (!isGranted) continue;
      const answer = await this.#hello(place, undefined);
      if (answer.ok && (app === undefined || answer.value.app === app)) return this.#enter(place, answer.value);
      failures.push(failureOf(place, answer, app));
    }
    const failure = worstOf(failures);
    if (failure !== undefined) this.#sink.connection(failure);
    return undefined;
  }

  #hello(place: Place, token: string | undefined): Promise<Answer<HelloAnswer>> {
    return sayHello(place, this.#options(token));
  }

  async #enter(inApp: Place, hello: HelloAnswer): Promise<Companion> {
    const token = await this.#host.load(tokenKey(inApp.origin, hello.app));
    const isPaired = token !== undefined && (await this.#isPaired(inApp, token));
    this.#sink.connection({
      header: 'found',
      hello: 'ok',
      helloOrigin: inApp.origin,
      paired: isPaired,
      companion: {
        project: hello.project,
        runtime: hello.runtime,
        libraries: [...new Set(hello.libraries.map(({ name, version }) => `${name} ${version}`))],
        app: hello.app,
      },
    });
    const { door } = hello;
    const isDirect = door !== null && isLoopbackOrigin(door.origin) && (await this.#opensDoor(door, hello.app));
    this.#sink.connection(
      isDirect
        ? { door: 'ok' }
        : {
            door: 'unreachable',
            doorFault:
              hello.doorFault ?? (door === null ? 'none was opened' : `${door.origin} does not answer for this app`),
          },
    );
    return {
      place: isDirect ? door : inApp,
      inApp,
      app: hello.app,
      cookieNames: [...new Set(hello.libraries.map(({ cookieName }) => cookieName))],
      isDirect,
      token: isPaired ? token : undefined,
    };
  }

  async #isPaired(place: Place, token: string): Promise<boolean> {
    const answer = await this.#hello(place, token);
    return answer.ok && answer.value.paired;
  }

  /** Nothing is sent through it before it has answered for the same app. */
  async #opensDoor(door: Place, app: string): Promise<boolean> {
    const answer = await this.#hello(door, undefined);
    return answer.ok && answer.value.app === app;
  }

  #options(token: string | undefined) {
    return { token, signal: this.#stop.signal, ...(this.#fetch ? { fetch: this.#fetch } : {}) };
  }

  // ── proofs ─────────────────────────────────────────────────────────────────

  async #readCookies(): Promise<boolean> {
    const { cookieNames } = this.#companion!;
    const lead = this.#lead;
    // Those that the browser would send to the app: the page may be another's.
    const url = lead !== undefined && lead.origin !== originOf(this.#pageUrl) ? lead.url : this.#pageUrl;
    const cookies = url === undefined ? [] : await this.#host.cookies(url, cookieNames);
    const isChanged = JSON.stringify(cookies) !== JSON.stringify(this.#cookies);
    this.#cookies = cookies;
    return isChanged;
  }

  async #cookieChanged(name: string | undefined): Promise<void> {
    const companion = this.#companion;
    if (companion === undefined || (name !== undefined && !companion.cookieNames.includes(name))) return;
    // A cookie that went proves nothing: the stream by the old one goes on, it is still that session's.
    if (!(await this.#readCookies()) || this.#cookies.length === 0 || companion.token !== undefined) return;
    await this.#catchUp({ cookies: this.#cookies });
    // The stream by the old cookie would have told how they end; their ids prove as much.
    this.#wanted.wantRunning();
    this.#openStream();
  }

  /** What proves the right to see an operation: the jar's cookie, or its exchange's id. */
  #proofsOf({ exchange }: OperationRecorded): Proofs {
    return {
      ...(this.#cookies.length > 0 ? { cookies: this.#cookies } : {}),
      ...(exchange === null ? {} : { exchanges: [exchange] }),
    };
  }

  /** Everything that the log still holds for new proofs; what is known already is taken once. */
  async #catchUp(proofs: Proofs): Promise<void> {
    const { place, token, isDirect } = this.#companion!;
    if (!isDirect && token === undefined) return;
    let after: EventsAnswer['next'] | null = null;
    for (;;) {
      const answer: Answer<EventsAnswer> = await pollOnce({ place, proofs, after }, this.#options(token));
      if (!answer.ok) return;
      this.#take(answer.value);
      after = answer.value.next;
      if (!answer.value.more) return;
    }
  }

  #take({ events }: EventsAnswer): void {
    this.#wanted.take(events);
    if (events.length > 0) this.#sink.events(events);
  }

  // ── the stream ─────────────────────────────────────────────────────────────

  #endStream(): void {
    this.#stream?.abort();
    this.#stream = undefined;
  }

  #openStream(): void {
    this.#endStream();
    const companion = this.#companion;
    if (companion === undefined) return;
    if (!companion.isDirect && companion.token === undefined) return;
    if (companion.token === undefined && this.#cookies.length === 0) {
      // No session yet: what its requests do is asked for by their ids.
      this.#sink.connection({ stream: 'idle' });
      this.#watchIdle(companion);
      return;
    }
    const own = new AbortController();
    this.#stream = own;
    void this.#run(companion, own);
  }

  /** Without a stream nothing tells that the server went away: it is asked now and then. */
  #watchIdle(companion: Companion): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      void (async () => {
        if (this.#companion !== companion || this.#stream !== undefined) return;
        const answer = await this.#hello(companion.place, undefined);
        if (this.#companion !== companion || this.#stream !== undefined || this.#stop.signal.aborted) return;
        if (answer.ok) return this.#watchIdle(companion);
        this.#sink.connection({ stream: 'broken', streamFault: answer.text, streamSince: Date.now() });
        return this.#connectAgain();
      })();
    }, IDLE_MS);
  }

  async #run(companion: Companion, own: AbortController): Promise<void> {
    const source = {
      place: companion.place,
      // Exchanges are asked for one by one: windows of one browser prove the same, and share what they read.
      proofs: companion.token === undefined ? { cookies: this.#cookies } : {},
      after: this.#after,
    };
    const end = await readSharedEvents(
      source,
      {
        onAnswer: (answer) => {
          this.#after = source.after;
          this.#take(answer);
        },
        onMode: (mode) => this.#sink.connection({ stream: mode, streamSince: Date.now() }),
      },
      { ...this.#options(companion.token), signal: AbortSignal.any([own.signal, this.#stop.signal]) },
    );
    if (own.signal.aborted || this.#stop.signal.aborted) return;
    this.#stream = undefined;
    this.#sink.connection({ stream: end.why, streamFault: end.text, streamSince: Date.now() });
    if (end.why === 'broken') await this.#connectAgain();
  }

  /** The server may come back on another door: from hello on, anew. */
  async #connectAgain(): Promise<void> {
    const [first, last] = this.#retryMs;
    for (
      let wait = first;
      this.#stream === undefined && !this.#stop.signal.aborted;
      wait = Math.min(wait * 1.6, last)
    ) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#stream !== undefined) return;
      // Only a hello that works says that it is back; until then the lost connection is what there is to say.
      const companion = this.#companion;
      const answer = companion && (await this.#hello(companion.inApp, undefined));
      if (answer?.ok && (await this.#connect())) return;
    }
  }

  // ── what the user asks for ─────────────────────────────────────────────────

  /** The record in the store, by a pure read; the answer goes to the sink. */
  async readStore(): Promise<void> {
    const companion = this.#companion;
    if (companion === undefined || this.#cookies.length === 0 || (!companion.isDirect && companion.token === undefined))
      return;
    const answer = await callEndpoint(
      companion.place,
      'session',
      { v: PROTOCOL_VERSION, proofs: { cookies: this.#cookies } },
      sessionAnswer,
      this.#options(companion.token),
    );
    if (answer.ok) this.#sink.session(answer.value);
  }

  /**
   * A value that was cut for the wire, or, with `reveal` and only when paired, one that was held back. `path`: from
   * the root of that part. Rejects with words for people.
   */
  async loadValue(
    operation: OperationRecorded,
    part: 'before' | 'after' | 'state',
    path: KeyPath,
    reveal = false,
  ): Promise<EncodedValue> {
    const companion = this.#needCompanion();
    const { epoch, seq } = operation;
    const proofs = companion.token === undefined ? this.#proofsOf(operation) : {};
    const body = { v: PROTOCOL_VERSION, proofs, epoch, seq, part, path, ...(reveal ? { reveal } : {}) };
    const answer = await callEndpoint(companion.place, 'value', body, valueAnswer, this.#options(companion.token));
    if (!answer.ok) throw new Error(answer.text);
    return answer.value.value;
  }

  async requestPermission(): Promise<void> {
    const origin = originOf(this.#pageUrl);
    if (origin === undefined || !(await this.#host.requestPermission(origin))) return;
    await this.#checkPermission(origin);
    await this.#connect();
  }

  /** Has the server print a code. Rejects with words for people. */
  async beginPairing(): Promise<void> {
    const { inApp } = this.#needCompanion();
    const answer = await callEndpoint(inApp, 'pair', { v: PROTOCOL_VERSION }, pairAnswer, this.#options(undefined));
    if (!answer.ok) throw new Error(answer.text);
  }

  /** Exchanges the code for a token, keeps it, and begins to see everything. Rejects with words for people. */
  async completePairing(code: string): Promise<void> {
    const companion = this.#needCompanion();
    const answer = await callEndpoint(
      companion.inApp,
      'pair',
      { v: PROTOCOL_VERSION, code },
      pairAnswer,
      this.#options(undefined),
    );
    if (!answer.ok) throw new Error(answer.text);
    if (answer.value.state !== 'paired')
      throw new Error('The server printed a code instead of taking this one. Type the new one.');
    await this.#host.save(tokenKey(companion.inApp.origin, companion.app), answer.value.token);
    this.#companion = { ...companion, token: answer.value.token };
    // What was hidden before is told now: from the oldest event on.
    this.#after = null;
    this.#sink.connection({ paired: true });
    this.#openStream();
  }

  #needCompanion(): Companion {
    if (this.#companion === undefined) throw new Error('No companion is connected. Load a page of your app first.');
    return this.#companion;
  }
}

/** A token is kept for the origin it was issued for and the app that issued it, and sent nowhere else. */
const tokenKey = (origin: string, app: string) => `token ${origin} ${app}`;

function originOf(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.origin : undefined;
}
