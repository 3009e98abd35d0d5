/** One observed `session(options)`: what its exchanges share. */
import type { EncodedValue, Expiry } from '../../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import { KnownValues, type LiveData } from '../../kit/known-values.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { RecentValues } from '../../kit/recent-values.ts';
import type { Below } from '../../kit/scope.ts';
import { recordBackground } from '../../kit/stores/background.ts';
import { cookieEnd, type StoreKind, type StoreMoment } from '../../kit/stores/store-kind.ts';
import { storeKindOf } from '../../kit/stores/store-kinds.ts';
import { cookieSize } from './cookie-size.ts';
import type { StoreWrite } from './facts.ts';
import { expressSessionLibrary } from './library.ts';
import { isData } from './methods.ts';
import { type Observation, readObservation } from './observation.ts';
import { readSettings, type Settings } from './settings.ts';
import type { CookieLike, SessionLike, SessionOptions, StoreLike } from './types.ts';

/** A request that still runs with a record that another deleted ends within the next thousand deletions. */
const MAX_DELETED = 1_000;

const BACKGROUND_OPERATION = { save: 'save', touch: 'touch', destroy: 'flush' } as const;

/** The app's data in a session or a record of one. */
export const sessionData = (session: object): LiveData => liveProperties(session, isData);

export class ObservedSessions {
  readonly observed: ObservedLibrary;
  readonly companion: Companion;
  readonly settings: Settings;
  readonly storeKind: StoreKind;
  readonly observation: Observation;
  /** Content of the sessions of the last exchanges. */
  readonly recent = new RecentValues();
  /** Keys of records that this process deleted, and nobody in it wrote again. */
  readonly #deleted = new Set<string>();

  constructor(
    companion: Companion,
    options: SessionOptions | undefined,
    store: StoreLike,
    observation: Observation = readObservation({}),
  ) {
    this.companion = companion;
    this.settings = readSettings(options);
    this.storeKind = storeKindOf(store);
    this.observation = observation;
    this.observed = new ObservedLibrary(companion, expressSessionLibrary(this.settings, options, store));
  }

  memoryOf(session: object): KnownValues {
    return new KnownValues(this.companion.identity.digest, sessionData(session));
  }

  /** The session's own clock; with `moment`, also the store's after it, as far as the store's rule is known. */
  expiryOf(cookie: CookieLike | undefined, moment?: StoreMoment): Expiry | undefined {
    if (cookie === undefined || cookie === null) return undefined;
    const expiry: Expiry = { sessionAt: cookieEnd(cookie) };
    return moment === undefined ? expiry : Object.assign(expiry, this.storeKind.clock(moment, cookie));
  }

  /** Notes that a record was written or deleted, by whoever in this process. */
  noteRecord(key: string, isThere: boolean): void {
    if (isThere) this.#deleted.delete(key);
    else {
      if (this.#deleted.size >= MAX_DELETED) this.#deleted.delete(this.#deleted.values().next().value!);
      this.#deleted.add(key);
    }
  }

  /** Whether a record is gone, as far as this process can know without asking the store. */
  isGone(key: string): boolean {
    const { peek } = this.storeKind;
    return peek === undefined ? this.#deleted.has(key) : peek(key) === undefined;
  }

  /** A record as the store keeps it, and its size; neither where the store's format is not known. */
  storedForm(
    memory: KnownValues,
    data: LiveData,
    cookie: CookieLike | undefined,
  ): { stored?: EncodedValue; bytes?: number } {
    if (!this.storeKind.keepsJson) return {};
    const { state, size } = memory.stored(data);
    const ofCookie = cookieSize(cookie, this.companion.identity.digest);
    // {"cookie":…,…}
    const bytes = size === undefined || ofCookie === undefined ? undefined : size + (size > 0 ? 1 : 0) + ofCookie + 11;
    return bytes === undefined ? { stored: state } : { stored: state, bytes };
  }

  /** A store write that no request's session middleware made: a task, an admin page, another library. */
  recordBackground(kind: StoreWrite['kind'], key: string, session: unknown, below: Below): void {
    if (kind !== 'touch') this.noteRecord(key, kind === 'save');
    recordBackground(
      this.companion,
      {
        operation: BACKGROUND_OPERATION[kind],
        call: `store.${kind === 'save' ? 'set' : kind}`,
        key,
        data: typeof session === 'object' && session !== null ? sessionData(session) : undefined,
        storedForm: (known, data) => this.storedForm(known, data, (session as SessionLike).cookie),
      },
      below,
    );
  }
}
