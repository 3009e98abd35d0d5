/** One mounting of a session library: what the endpoint asks of it, and what its exchanges share. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EncodedValue, LIMITS, type Middleware } from '../../../../protocol/index.ts';
import { requireFrom } from '../core/app-require.ts';
import type { Companion } from '../core/companion.ts';
import type { MemoryReading, ObservedMiddleware, StoreReading, Viewer } from '../core/contract.ts';
import { describeError } from '../core/describe-error.ts';
import { discoveryItem, type Arrival } from '../core/discovery-item.ts';
import { redact } from '../core/redact.ts';
import { withTimeout } from '../core/timeout.ts';
import { KnownValues } from './known-values.ts';
import type { SentCookie, SessionLibrary } from './library.ts';
import { type Listed, OpenList } from './open-list.ts';

/** An exchange under way, as far as a look at its session needs it. */
export interface OpenExchange extends Listed {
  readonly id: string;
  /** `undefined`: it has none yet. */
  readonly memory: { readonly fingerprint: string | null; look(): KnownValues } | undefined;
}

export class ObservedLibrary implements ObservedMiddleware {
  readonly companion: Companion;
  readonly library: SessionLibrary;
  /** Place in `epoch-started`'s list. */
  readonly index: number;
  /** Exchanges under way. */
  readonly open = new OpenList<OpenExchange>();
  readonly #version: string;
  readonly #settings: Record<string, string>;
  readonly #secret: string | undefined;
  #mount: string | undefined;

  constructor(companion: Companion, library: SessionLibrary) {
    this.companion = companion;
    this.library = library;
    this.#settings = library.describeSettings();
    const found = findPackage(library.name, companion.identity.root);
    this.#version = found?.version ?? 'unknown';
    // Linked into a workspace, it lies outside of node_modules.
    if (found !== undefined) companion.sources.treatAsLibrary(found.folder);
    this.#secret = library.secret === undefined ? undefined : companion.identity.digest(`secret\0${library.secret}`);
    this.index = companion.register(this);
  }

  /** The discovery header's item for one exchange; `undefined`: none is sent. */
  announce(arrival: Arrival, exchange: string): string | undefined {
    const item = discoveryItem(this.companion, arrival, exchange);
    if (item === undefined) return undefined;
    // Where the middleware is mounted twice, the first place counts.
    this.#mount ??= arrival.mount || '/';
    this.companion.servedAt(arrival.socket?.localPort);
    return item;
  }

  describe(): Middleware {
    const { name, cookieNames, store, recordsIn, commit = 'automatic' } = this.library;
    return {
      library: name,
      libraryVersion: this.#version,
      ...(this.#mount === undefined ? {} : { mount: this.#mount.slice(0, LIMITS.pathLength) }),
      cookieNames: cookieNames.map((cookie) => cookie.slice(0, LIMITS.nameLength)),
      commit,
      ...(this.#secret === undefined ? {} : { secret: this.#secret }),
      store,
      ...(recordsIn === undefined ? {} : { recordsIn }),
      settings: this.#settings,
    };
  }

  prove(cookie: SentCookie, all: readonly SentCookie[] = [cookie]): ReturnType<ObservedMiddleware['prove']> {
    const reading = this.library.readCookie(cookie, all);
    if (reading?.key === undefined) return reading;
    return { ...reading, fingerprint: this.companion.identity.nameOf(reading.key) };
  }

  keyOf(fingerprint: string): string | undefined {
    return this.companion.identity.keyOf(fingerprint);
  }

  async readStore(key: string, _viewer: Viewer): Promise<StoreReading> {
    try {
      const record = await withTimeout(this.library.readRecord(key));
      if (record.outcome === 'missing') return record;
      if (!('data' in record)) return { outcome: record.outcome, text: this.#sentence(record.text, key) };
      const { outcome, data, bytes, expiresAt } = record;
      const { state, digest } = this.#shown(new KnownValues(this.companion.identity.digest, data));
      return {
        outcome,
        state,
        digest,
        ...(bytes === undefined ? {} : { bytes }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
    } catch (error) {
      const { name, message } = describeError(error);
      return { outcome: 'error', text: this.#sentence(`The store could not be read: ${name}: ${message}`, key) };
    }
  }

  /** Words of a store, as any other leaves the process: a client's error quotes the address that it was given. */
  #sentence(text: string, key: string): string {
    return sentence(this.companion.redaction.clean(withoutKeys(text, [key])));
  }

  readMemory(fingerprint: string, _viewer: Viewer): MemoryReading[] {
    return [...this.open].flatMap(({ id, memory }): MemoryReading[] => {
      if (memory?.fingerprint !== fingerprint) return [];
      const known = memory.look();
      return [{ exchange: id, at: Date.now(), ...this.#shown(known), bytes: known.bytes }];
    });
  }

  #shown(known: KnownValues): { state: EncodedValue; digest: string } {
    const state = known.state();
    return {
      state: redact(state, [], this.companion.redaction),
      digest: this.companion.identity.digest(JSON.stringify(state)),
    };
  }
}

const sentence = (text: string) => text.slice(0, LIMITS.sentenceLength);

/** A shorter text is too like a word to be taken out of others. */
const MIN_KEY_LENGTH = 8;

/** A store's own words may name the record by its key: a file by its path, a row by its value. */
export function withoutKeys(text: string, keys: Iterable<string>): string {
  let clean = text;
  for (const key of keys) if (key.length >= MIN_KEY_LENGTH) clean = clean.replaceAll(key, '…');
  return clean;
}

/** The package that the app has: its version, which the panel names, and its folder. */
function findPackage(name: string, root: string): { version: string; folder: string } | undefined {
  for (const from of [`${root}/package.json`, import.meta.url]) {
    try {
      const require = requireFrom(from);
      const path = manifestOf(name, require);
      return {
        version: (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version,
        folder: dirname(path),
      };
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** A package need not let its package.json be asked for: it lies above what can be. */
function manifestOf(name: string, require: NodeJS.Require): string {
  try {
    return require.resolve(`${name}/package.json`);
  } catch {
    const entry = require.resolve(name);
    const end = entry.replaceAll('\\', '/').lastIndexOf(`/node_modules/${name}/`);
    if (end < 0) throw new Error(`${name} lies in no folder of its name`);
    return join(entry.slice(0, end), 'node_modules', name, 'package.json');
  }
}
