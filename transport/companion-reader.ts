/** What is read from one companion that was found: its events, with what proves the right to see them; values; pairing. */
import {
  type EncodedValue,
  type EventsAnswer,
  type Frame,
  type KeyPath,
  LIMITS,
  type OperationRecorded,
  openAnswer,
  pairAnswer,
  PROTOCOL_VERSION,
  type Proofs,
  type SessionAnswer,
  sessionAnswer,
  valueAnswer,
} from '../protocol/index.ts';
import type { ConnectorSink } from './connection-change.ts';
import { type Companion, tokenKey } from './discovery.ts';
import { type Answer, type CallOptions, type CallProof, callEndpoint } from './endpoint-client.ts';
import { isAhead, pollOnce } from './event-stream.ts';
import { sayHello } from './hello.ts';
import type { PanelHost } from './panel-host.ts';
import { readSharedEvents } from './shared-events.ts';
import { WantedExchanges } from './wanted-exchanges.ts';

/** Without a stream, how often the companion is asked whether it is still there. */
const IDLE_MS = 3_000;

/** A server that the tab has left, and that went away, is looked for no longer: its next response leads there again. */
const GIVE_UP_MS = 60_000;

export interface ReaderOptions {
  host: PanelHost;
  sink: Omit<ConnectorSink, 'session'> & { session(answer: SessionAnswer): void };
  fetch?: typeof fetch;
  /** Milliseconds between attempts to connect again, growing to the second. */
  retryMs: readonly [first: number, last: number];
  /** Whose cookies prove: what the browser would send there. One for each host by which the app was seen. */
  cookieUrls: () => readonly string[];
  /** Finds the companion once more, from hello on: returns whether it did. */
  connect: () => Promise<boolean>;
  /** Whether a lost connection is worth looking for longer. */
  isNeeded: () => boolean;
}

export class CompanionReader {
  readonly #options: ReaderOptions;
  readonly #stop = new AbortController();
  #companion: Companion | undefined;
  /** The last answer said that more of the past is on its way. */
  #isMore = false;
  #stream: AbortController | undefined;
  #after: EventsAnswer['next'] | null = null;
  #cookies: { name: string; value: string }[] = [];
  readonly #wanted = new WantedExchanges(
    async (exchanges) => {
      if (this.#companion !== undefined) await this.#catchUp({ exchanges });
    },
    () => this.#companion?.pairing === undefined,
  );
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get companion(): Companion | undefined {
    return this.#companion;
  }

  get isStreaming(): boolean {
    return this.#stream !== undefined;
  }

  /** From now on this companion is read. */
  async open(companion: Companion): Promise<void> {
    this.#companion = companion;
    await this.#readCookies();
    this.#openStream();
    void this.readStore();
  }

  /** It is read no more; another may be opened. */
  close(): void {
    this.#companion = undefined;
    this.#endStream();
  }

  dispose(): void {
    this.#stop.abort();
    this.#stream?.abort();
    this.#wanted.stop();
    clearTimeout(this.#idleTimer);
  }

  /** This browser has seen the response of that exchange. */
  want(exchange: string): void {
    this.#wanted.want(exchange);
  }

  // ── proofs ─────────────────────────────────────────────────────────────────

  async #readCookies(): Promise<boolean> {
    const { cookieNames } = this.#companion!;
    const { host, cookieUrls } = this.#options;
    const found = (await Promise.all(cookieUrls().map((url) => host.cookies(url, cookieNames)))).flat();
    // By two hosts of one app the same cookie may be found twice.
    const pairs = new Map(found.map(({ name, value }) => [`${name}=${value}`, { name, value }]));
    const cookies = [...pairs.values()].slice(0, LIMITS.proofs);
    const isChanged = JSON.stringify(cookies) !== JSON.stringify(this.#cookies);
    this.#cookies = cookies;
    return isChanged;
  }

  /** The jar may hold another cookie now; without a name, any may be. */
  async cookieChanged(name?: string): Promise<void> {
    const companion = this.#companion;
    if (companion === undefined || (name !== undefined && !companion.cookieNames.includes(name))) return;
    // A cookie that was removed proves nothing: the stream by the old one continues, it is still that session's.
    if (!(await this.#readCookies()) || this.#cookies.length === 0 || companion.pairing !== undefined) return;
    await this.#catchUp({ cookies: this.#cookies });
    // The stream by the old cookie would have reported how they end; their ids prove as much.
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
    const { address, pairing, isDirect } = this.#companion!;
    if (!isDirect && pairing === undefined) return;
    let after: EventsAnswer['next'] | null = null;
    for (;;) {
      const answer: Answer<EventsAnswer> = await pollOnce({ address, proofs, after }, this.#call(pairing));
      if (!answer.ok) return this.#endMore();
      this.#take(answer.value);
      const isMore = answer.value.more && isAhead(answer.value.next, after);
      after = answer.value.next;
      if (!isMore) return this.#endMore();
    }
  }

  #take({ events, more }: EventsAnswer): void {
    this.#wanted.take(events);
    if (events.length > 0 || this.#isMore !== more) this.#options.sink.events(events, more);
    this.#isMore = more;
  }

  /** Whatever was on its way does not come. */
  #endMore(): void {
    if (this.#isMore) this.#options.sink.events([], false);
    this.#isMore = false;
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
    if (!companion.isDirect && companion.pairing === undefined) return;
    if (companion.pairing === undefined && this.#cookies.length === 0) {
      // No session yet: what its requests do is asked for by their ids.
      this.#options.sink.connection({ stream: 'idle' });
      this.#watchIdle(companion);
      return;
    }
    const own = new AbortController();
    this.#stream = own;
    void this.#run(companion, own);
  }

  /** Without a stream nothing shows that the server went away: it is asked now and then. */
  #watchIdle(companion: Companion): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      void (async () => {
        if (this.#companion !== companion || this.#stream !== undefined) return;
        const answer = await sayHello(companion.address, this.#call(undefined));
        if (this.#companion !== companion || this.#stream !== undefined || this.#stop.signal.aborted) return;
        if (answer.ok) return this.#watchIdle(companion);
        this.#options.sink.connection({ stream: 'broken', streamFault: answer.text, streamSince: Date.now() });
        return this.#connectAgain();
      })();
    }, IDLE_MS);
  }

  async #run(companion: Companion, own: AbortController): Promise<void> {
    const { sink } = this.#options;
    let isSilent = false;
    const source = {
      address: companion.address,
      // Exchanges are asked for one by one: windows of one browser prove the same, and share what they read.
      proofs: companion.pairing === undefined ? { cookies: this.#cookies } : {},
      after: this.#after,
    };
    const end = await readSharedEvents(
      source,
      {
        onAnswer: (answer) => {
          this.#after = source.after;
          this.#take(answer);
        },
        onMode: (mode) => sink.connection({ stream: mode, streamSince: Date.now(), isSilent: false }),
        onSilence: (silent) => {
          if (silent === isSilent) return;
          isSilent = silent;
          sink.connection({ isSilent });
        },
      },
      { ...this.#call(companion.pairing), signal: AbortSignal.any([own.signal, this.#stop.signal]) },
    );
    if (own.signal.aborted || this.#stop.signal.aborted) return;
    this.#stream = undefined;
    this.#endMore();
    sink.connection({ stream: end.why, streamFault: end.text, streamSince: Date.now() });
    if (end.why === 'broken') await this.#connectAgain();
  }

  /** The server may come back on another port: it starts over from hello. */
  async #connectAgain(): Promise<void> {
    const [first, last] = this.#options.retryMs;
    const since = Date.now();
    for (
      let wait = first;
      this.#stream === undefined && !this.#stop.signal.aborted;
      wait = Math.min(wait * 1.6, last)
    ) {
      if (Date.now() - since > GIVE_UP_MS && !this.#options.isNeeded()) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#stream !== undefined) return;
      // Only a hello that works says that it is back; until then the lost connection is what there is to say.
      const companion = this.#companion;
      const answer = companion && (await sayHello(companion.inApp, this.#call(undefined)));
      if (answer?.ok && (await this.#options.connect())) return;
    }
  }

  #call(pairing: CallProof | undefined): CallOptions & { signal: AbortSignal } {
    const { fetch: fetcher } = this.#options;
    return { pairing, signal: this.#stop.signal, ...(fetcher ? { fetch: fetcher } : {}) };
  }

  // ── what the user asks for ─────────────────────────────────────────────────

  /** The record in the store, by a pure read; the answer goes to the sink. `session`: where no cookie says whose. */
  async readStore(session?: string): Promise<void> {
    const companion = this.#companion;
    if (companion === undefined || (!companion.isDirect && companion.pairing === undefined)) return;
    const isNamed = session !== undefined && companion.pairing !== undefined;
    if (this.#cookies.length === 0 && !isNamed) return;
    const answer = await callEndpoint(
      companion.address,
      'session',
      { v: PROTOCOL_VERSION, proofs: isNamed ? {} : { cookies: this.#cookies }, ...(isNamed ? { session } : {}) },
      sessionAnswer,
      this.#call(companion.pairing),
    );
    if (answer.ok) this.#options.sink.session(answer.value);
  }

  /**
   * A value that was cut for the wire, or, with `reveal` and only when paired, one that was redacted. `path`: from
   * the root of that part. Rejects with words for people.
   */
  async loadValue(
    operation: OperationRecorded,
    part: 'before' | 'after' | 'state' | 'stored',
    path: KeyPath,
    reveal: boolean,
  ): Promise<EncodedValue> {
    const companion = this.#needCompanion();
    const { epoch, seq } = operation;
    const proofs = companion.pairing === undefined ? this.#proofsOf(operation) : {};
    const body = { v: PROTOCOL_VERSION, proofs, epoch, seq, part, path, ...(reveal ? { reveal } : {}) };
    const answer = await callEndpoint(companion.address, 'value', body, valueAnswer, this.#call(companion.pairing));
    if (!answer.ok) throw new Error(answer.text);
    return answer.value.value;
  }

  /** Has the server open a line in the developer's editor. Rejects with words for people, where it is not paired too. */
  async openSource({ file, line, column }: Frame): Promise<void> {
    const { address, pairing } = this.#needCompanion();
    const body = { v: PROTOCOL_VERSION, file, line, ...(column === undefined ? {} : { column }) };
    const answer = await callEndpoint(address, 'open', body, openAnswer, this.#call(pairing));
    if (!answer.ok) throw new Error(answer.text);
  }

  /** Has the server print a code; answers how long that one is good. Rejects with words for people. */
  async beginPairing(): Promise<{ expiresInMs: number }> {
    const { inApp } = this.#needCompanion();
    const answer = await callEndpoint(inApp, 'pair', { v: PROTOCOL_VERSION }, pairAnswer, this.#call(undefined));
    if (!answer.ok) throw new Error(answer.text);
    if (answer.value.state !== 'code-printed') throw new Error('The server answered a code that was not sent.');
    return { expiresInMs: answer.value.expiresInMs };
  }

  /** Exchanges the code for a token, keeps it, and begins to see everything. Rejects with words for people. */
  async completePairing(code: string): Promise<void> {
    const companion = this.#needCompanion();
    const answer = await callEndpoint(
      companion.inApp,
      'pair',
      { v: PROTOCOL_VERSION, code },
      pairAnswer,
      this.#call(undefined),
    );
    if (!answer.ok) throw new Error(answer.text);
    if (answer.value.state !== 'paired')
      throw new Error('The server printed a code instead of taking this one. Type the new one.');
    await this.#options.host.save(tokenKey(companion.inApp.origin, companion.app), answer.value.token);
    // What was hidden before is reported now: from the oldest event on.
    this.#after = null;
    await this.#options.connect();
  }

  /** Forgets the token: from now on this panel sees its own sessions only. */
  async unpair(): Promise<void> {
    const { inApp, app } = this.#needCompanion();
    await this.#options.host.forget(tokenKey(inApp.origin, app));
    await this.#options.connect();
  }

  #needCompanion(): Companion {
    if (this.#companion === undefined) throw new Error('No companion is connected. Load a page of your app first.');
    return this.#companion;
  }
}
