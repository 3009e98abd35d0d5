/** A session object of koa-session, what the app has in its place, and what of it is saved. */
import type { EncodedValue } from '../../../../../protocol/index.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import { KnownValues } from '../../kit/known-values.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../../kit/scope.ts';
import { LibraryCalls } from '../../kit/surfaces/library-calls.ts';
import { observeBag } from '../../kit/surfaces/property-bag.ts';
import { exposeAs } from '../../kit/surfaces/raw-sessions.ts';
import { CALLS, isData, isPrivate, isSaved } from './library.ts';
import type { SessionLike } from './types.ts';

/** The exchange around it, as far as a session needs it. */
export interface SessionScope {
  readonly observed: ExchangeScope;
  /** What the app has asked for and the library begins to do. */
  call: LibraryCall | undefined;
  maxAgeChanged(below: Below): void;
}

export class ExposedSession {
  readonly raw: SessionLike;
  readonly session: ObservedSession;
  readonly #exchange: SessionScope;
  /** The content that a next request would load, as text. */
  #saved: string;
  #given: SessionLike | undefined;

  /** `before`: the session in the place of which the app has put this one. */
  constructor(
    exchange: SessionScope,
    raw: SessionLike,
    fingerprint: string | null,
    before: ExposedSession | undefined,
  ) {
    this.raw = raw;
    this.#exchange = exchange;
    this.session = new ObservedSession(exchange.observed, liveProperties(raw, isData), fingerprint);
    this.#saved = before === undefined ? (raw.isNew ? NOTHING : textOf(this.#stored())) : before.#saved;
  }

  get hasPrivateKeys(): boolean {
    return Object.keys(this.raw).some((key) => isData(key) && isPrivate(key));
  }

  /** Another content than what was loaded or saved last. */
  get isUnsaved(): boolean {
    return textOf(this.#stored()) !== this.#saved;
  }

  /** What it holds now is saved, or is as it was saved; returns the record of it. */
  noteSaved(): EncodedValue {
    const stored = this.#stored();
    this.#saved = textOf(stored);
    return stored;
  }

  /** Without what the library leaves out. */
  #stored(): EncodedValue {
    const { known, data } = this.session;
    if (!this.hasPrivateKeys) return known.stored(data).state;
    const saved = liveProperties(this.raw, isSaved);
    return new KnownValues(this.#exchange.observed.companion.identity.digest, saved).stored(saved).state;
  }

  /** The session as the app gets it. */
  get given(): SessionLike {
    return (this.#given ??= exposeAs(this.#observed(), this.raw));
  }

  #observed(): SessionLike {
    const exchange = this.#exchange;
    const { observed } = exchange;
    const { raw } = this;
    const calls = new LibraryCalls({
      raw,
      isOfApp: (self) => self === this.#given || self === raw,
      asApp: (run) => run(),
      run: (call, below, run) => {
        const before = exchange.call;
        guard(observed, `session ${call}`, () => {
          const asked = { call, actor: 'app', source: observed.companion.sources.take(below) } as const;
          if (call === 'toJSON') this.session.listed(asked, true);
          else exchange.call = asked;
        });
        try {
          return run(raw);
        } finally {
          exchange.call = before;
        }
      },
    });
    return observeBag(raw, observed, this.session, {
      isData,
      member: (name, value) =>
        typeof value === 'function' && CALLS.has(name)
          ? calls.observed(name, value as (...args: unknown[]) => unknown)
          : value,
      wroteMember: (name, below) => {
        if (name === 'maxAge') exchange.maxAgeChanged(below);
      },
    });
  }
}

const NOTHING = '{}';
const textOf = (value: EncodedValue): string => JSON.stringify(value);
