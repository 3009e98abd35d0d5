/** One `createSessions(options)`: what the endpoint asks of it, and what its exchanges share. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { ObservedSession, Sessions, Settings } from '@sessionscope/django-sessions';
import { LIMITS, type Middleware } from '../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import type { MemoryReading, ObservedMiddleware, StoreReading, Viewer } from '../../core/contract.ts';
import { describeError } from '../../core/describe-error.ts';
import { redact } from '../../core/redact.ts';
import { withTimeout } from '../../core/timeout.ts';
import type { Exchange } from './exchange.ts';
import { Memory } from './memory.ts';
import { describeSettings } from './settings.ts';

const LIBRARY = '@sessionscope/django-sessions';

/** Django takes what is shorter for no key. */
const MIN_KEY_LENGTH = 8;

type Proof = NonNullable<ReturnType<ObservedMiddleware['prove']>>;

export class ObservedSessions implements ObservedMiddleware {
  readonly companion: Companion;
  /** Exchanges under way. */
  readonly open = new Set<Exchange>();
  #sessions: Sessions | undefined;
  #index = 0;
  #version = 'unknown';
  #mount: string | undefined;

  constructor(companion: Companion) {
    this.companion = companion;
  }

  /** Takes the sessions that are observed. To be called once, before the first request. */
  attach(sessions: Sessions): void {
    this.#sessions = sessions;
    const found = findPackage(this.companion.identity.root);
    if (found !== undefined) {
      this.#version = found.version;
      this.companion.sources.treatAsLibrary(found.folder);
    }
    this.#index = this.companion.register(this);
  }

  get settings(): Settings {
    return this.#sessions!.settings;
  }

  /** Place in `epoch-started`'s list. */
  get index(): number {
    return this.#index;
  }

  /** Told with each request; the first place counts. */
  mountedAt(mount: string): void {
    this.#mount ??= mount;
  }

  describe(): Middleware {
    const { cookieName, engine } = this.settings;
    return {
      library: LIBRARY,
      libraryVersion: this.#version,
      ...(this.#mount === undefined ? {} : { mount: this.#mount.slice(0, LIMITS.pathLength) }),
      cookieName: cookieName.slice(0, LIMITS.nameLength),
      store: engine,
      settings: describeSettings(this.settings),
    };
  }

  prove({ name, value }: { name: string; value: string }): Proof | undefined {
    return name === this.settings.cookieName
      ? this.proveValue(unquote(value), this.companion.identity.nameOf)
      : undefined;
  }

  /** How the framework takes the value of its cookie; `name` names the session. */
  proveValue(value: string, name = this.companion.identity.fingerprint): Proof {
    if (value.length < MIN_KEY_LENGTH) return { signature: 'malformed' };
    if (this.settings.engine !== 'signed_cookies')
      return { signature: 'unsigned', key: value, fingerprint: name(value) };
    const outcome = this.#cookieOutcome(value);
    if (outcome === 'invalid' || outcome === 'malformed') return { signature: outcome };
    return { signature: 'valid', key: value, fingerprint: name(value) };
  }

  /** `signed_cookies`: the cookie is the record. */
  #cookieOutcome(value: string): 'found' | 'expired' | 'invalid' | 'malformed' {
    try {
      this.settings.cookieCodec.decode(value, this.settings.cookieAge);
      return 'found';
    } catch (error) {
      const { name } = error as Error;
      return name === 'SignatureExpired' ? 'expired' : name === 'BadSignature' ? 'invalid' : 'malformed';
    }
  }

  keyOf(fingerprint: string): string | undefined {
    return this.companion.identity.keyOf(fingerprint);
  }

  async readStore(key: string, _viewer: Viewer): Promise<StoreReading> {
    try {
      const record = await withTimeout(this.#sessions!.peek(key));
      if (record.outcome === 'missing') return { outcome: 'missing' };
      if (record.outcome === 'unreadable')
        return { outcome: 'error', text: withoutKeys(record.why, [key]).slice(0, LIMITS.sentenceLength) };
      const isTooOld = this.settings.engine === 'signed_cookies' && this.#cookieOutcome(key) === 'expired';
      return {
        outcome: isTooOld ? 'expired' : record.outcome,
        ...this.#look(record.data),
        bytes: record.bytes,
        expiresAt: record.expiresAt?.getTime() ?? null,
      };
    } catch (error) {
      const { name, message } = describeError(error);
      const text = `The store could not be read: ${name}: ${withoutKeys(message, [key])}`;
      return { outcome: 'error', text: text.slice(0, LIMITS.sentenceLength) };
    }
  }

  readMemory(fingerprint: string, _viewer: Viewer): MemoryReading[] {
    return [...this.open].flatMap(({ id, session }): MemoryReading[] => {
      const { memory } = session;
      if (memory === undefined || this.nameOf(session) !== fingerprint) return [];
      return [{ exchange: id, at: Date.now(), ...this.#look(memory) }];
    });
  }

  #look(data: ReadonlyMap<string, unknown>): Required<Pick<MemoryReading, 'state' | 'bytes' | 'digest'>> {
    const memory = new Memory(this.companion.identity.digest, data);
    const state = memory.state();
    return {
      state: redact(state, [], this.companion.redaction),
      bytes: memory.bytes,
      digest: this.companion.identity.digest(JSON.stringify(state)),
    };
  }

  /** The session's fingerprint; `null`: it has no key. */
  nameOf({ sessionKey }: Pick<ObservedSession, 'sessionKey'>): string | null {
    return sessionKey === null ? null : this.companion.identity.fingerprint(sessionKey);
  }
}

/** As the framework reads a cookie. */
const unquote = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;

/** A store's own words may name the record by its key: a file by its path, a row by its value. */
export function withoutKeys(text: string, keys: Iterable<string>): string {
  let clean = text;
  for (const key of keys) if (key.length >= MIN_KEY_LENGTH) clean = clean.replaceAll(key, '…');
  return clean;
}

/** The package that the app has: its version, which the panel names, and its folder. */
function findPackage(root: string): { version: string; folder: string } | undefined {
  for (const from of [`${root}/package.json`, import.meta.url]) {
    try {
      const require = createRequire(from);
      const path = require.resolve(`${LIBRARY}/package.json`);
      return { version: (require(path) as { version: string }).version, folder: dirname(path) };
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}
