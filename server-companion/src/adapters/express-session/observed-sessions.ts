/** One observed `session(options)`: what the endpoint asks of it, and what its exchanges share. */
import { createRequire } from 'node:module';
import { type Expiry, LIMITS, type Middleware as MiddlewareDescription } from '../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import type { MemoryReading, ObservedMiddleware, StoreReading, Viewer } from '../../core/contract.ts';
import { describeError } from '../../core/describe-error.ts';
import { redact } from '../../core/redact.ts';
import { withTimeout } from '../../core/timeout.ts';
import { currentExchange } from './current-exchange.ts';
import type { Exchange } from './exchange.ts';
import { Memory } from './memory.ts';
import { type Observation, readObservation } from './observation.ts';
import { decodeSent, verifyCookie } from './request-cookie.ts';
import { describeSettings, readSettings, type Settings } from './settings.ts';
import { RecentMemories } from './recent-memories.ts';
import { pureReadOf } from './store-reading.ts';
import type { CookieLike, SessionLike, SessionOptions, StoreLike } from './types.ts';
import type { StoreWrite } from './verdict.ts';

const BACKGROUND_OPERATION = { save: 'save', touch: 'touch', destroy: 'flush' } as const;

export class ObservedSessions implements ObservedMiddleware {
  readonly companion: Companion;
  readonly settings: Settings;
  readonly store: StoreLike;
  readonly observation: Observation;
  readonly index: number;
  /** Exchanges under way. */
  readonly open = new Set<Exchange>();
  /** Content of the sessions of the last exchanges. */
  readonly recent = new RecentMemories();
  readonly #shown: Record<string, string>;
  readonly #version: string;
  #mount: string | undefined;

  constructor(
    companion: Companion,
    options: SessionOptions | undefined,
    store: StoreLike,
    observation: Observation = readObservation({}),
  ) {
    this.companion = companion;
    this.settings = readSettings(options);
    this.store = store;
    this.observation = observation;
    this.#shown = describeSettings(this.settings, options);
    this.#version = libraryVersion(companion.identity.root);
    this.index = companion.register(this);
  }

  /** Told with the first request; where the middleware is mounted twice, the first place. */
  mountedAt(mount: string): void {
    this.#mount ??= mount;
  }

  describe(): MiddlewareDescription {
    return {
      library: 'express-session',
      libraryVersion: this.#version,
      ...(this.#mount === undefined ? {} : { mount: this.#mount.slice(0, LIMITS.pathLength) }),
      cookieName: this.settings.cookieName,
      store: this.store.constructor?.name ?? 'Store',
      settings: this.#shown,
    };
  }

  memoryOf(session: object): Memory {
    const memory = new Memory(this.companion.identity.digest);
    memory.fill(session);
    return memory;
  }

  /** The session's own clock and, where the store's rule is known, the store's. */
  expiryOf(cookie: CookieLike | undefined): Expiry | undefined {
    if (cookie === undefined || cookie === null) return undefined;
    const { expires } = cookie;
    const time = expires === null || expires === undefined ? null : new Date(expires).getTime();
    const sessionAt = time === null || Number.isFinite(time) ? time : null;
    const ttl = this.store['ttl'];
    if (sessionAt !== null) return { sessionAt, storeAt: sessionAt, storeFrom: 'cookie.expires' };
    // connect-redis and connect-pg-simple: seconds, for sessions whose cookie names no end.
    return typeof ttl === 'number'
      ? { sessionAt, storeAt: Date.now() + ttl * 1000, storeFrom: 'ttl option' }
      : { sessionAt };
  }

  prove({ name, value }: { name: string; value: string }): ReturnType<ObservedMiddleware['prove']> {
    if (name !== this.settings.cookieName) return undefined;
    const { signature, key } = verifyCookie(decodeSent(value), this.settings.secrets);
    return key === undefined ? { signature } : { signature, key, fingerprint: this.companion.identity.nameOf(key) };
  }

  keyOf(fingerprint: string): string | undefined {
    return this.companion.identity.keyOf(fingerprint);
  }

  async readStore(key: string, _viewer: Viewer): Promise<StoreReading> {
    const read = pureReadOf(this.store);
    if (read === undefined)
      return {
        outcome: 'unreadable',
        text: `No way is known to read ${this.describe().store} without a trace. A store can offer one: peek(key), which gives { data, expiresAt }.`,
      };
    try {
      const record = await withTimeout(read(key));
      if (record === undefined) return { outcome: 'missing' };
      const data: unknown = typeof record.data === 'string' ? JSON.parse(record.data) : record.data;
      if (typeof data !== 'object' || data === null)
        return { outcome: 'error', text: 'The record is no session: it holds no object.' };
      const memory = this.memoryOf(data);
      const state = memory.state();
      const own = this.expiryOf((data as SessionLike).cookie)?.sessionAt;
      const expiresAt = record.expiresAt === undefined ? own : record.expiresAt;
      return {
        outcome: typeof expiresAt === 'number' && expiresAt <= Date.now() ? 'expired' : 'found',
        state: redact(state, [], this.companion.redaction),
        bytes: record.bytes ?? memory.bytes,
        digest: this.companion.identity.digest(JSON.stringify(state)),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
    } catch (error) {
      const { name, message } = describeError(error);
      return {
        outcome: 'error',
        text: `The store could not be read: ${name}: ${message}`.slice(0, LIMITS.sentenceLength),
      };
    }
  }

  readMemory(fingerprint: string, _viewer: Viewer): MemoryReading[] {
    return [...this.open].flatMap((exchange): MemoryReading[] => {
      const { held } = exchange;
      if (held === undefined || held.fingerprint !== fingerprint) return [];
      const memory = held.look();
      const state = memory.state();
      return [
        {
          exchange: exchange.id,
          at: Date.now(),
          state: redact(state, [], this.companion.redaction),
          bytes: memory.bytes,
          digest: this.companion.identity.digest(JSON.stringify(state)),
        },
      ];
    });
  }

  /** A store write that no request's session middleware made: a task, an admin page, another library. */
  recordBackground(
    kind: StoreWrite['kind'],
    key: string,
    session: unknown,
    below: (...args: never[]) => unknown,
  ): void {
    if (currentExchange() !== undefined) return;
    const fingerprint = this.companion.identity.fingerprint(key);
    const memory = typeof session === 'object' && session !== null ? this.memoryOf(session) : undefined;
    this.companion.log.append(
      {
        type: 'operation-recorded',
        exchange: null,
        session: fingerprint,
        operation: BACKGROUND_OPERATION[kind],
        call: `store.${kind === 'save' ? 'set' : kind}`,
        actor: 'background',
        source: this.companion.sources.take(below),
        ...(memory === undefined ? {} : { state: memory.state(), keys: memory.size, bytes: memory.bytes }),
      },
      memory?.bytes ?? 0,
      fingerprint,
    );
  }
}

/** Of the express-session that the app has; the panel names it. */
function libraryVersion(root: string): string {
  for (const from of [`${root}/package.json`, import.meta.url]) {
    try {
      return (createRequire(from)('express-session/package.json') as { version: string }).version;
    } catch {
      // Not installed there.
    }
  }
  return 'unknown';
}
