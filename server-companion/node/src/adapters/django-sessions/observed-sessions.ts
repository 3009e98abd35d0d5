/** One `createSessions(options)`: what its exchanges share. */
import type { ObservedSession, Sessions, SessionsOptions, Settings } from '@sessionscope/django-sessions';
import { type EncodedValue, isTagged } from '../../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { djangoSessionsLibrary } from './library.ts';

export class ObservedSessions {
  readonly companion: Companion;
  readonly #keepsJson: boolean;
  #observed: ObservedLibrary | undefined;
  #settings: Settings | undefined;

  /** `keepsJson`: records are made by the framework's own serializer. */
  constructor(companion: Companion, keepsJson: boolean) {
    this.companion = companion;
    this.#keepsJson = keepsJson;
  }

  /** Takes the sessions that are observed. To be called once, before the first request. */
  attach(sessions: Sessions, options: SessionsOptions): void {
    this.#settings = sessions.settings;
    this.#observed = new ObservedLibrary(this.companion, djangoSessionsLibrary(sessions, options));
  }

  get observed(): ObservedLibrary {
    return this.#observed!;
  }

  get settings(): Settings {
    return this.#settings!;
  }

  /** The session's fingerprint; `null`: it has no key. */
  nameOf({ sessionKey }: Pick<ObservedSession, 'sessionKey'>): string | null {
    return sessionKey === null ? null : this.companion.identity.fingerprint(sessionKey);
  }

  /**
   * The record of a state. The framework's serializer refuses what it would have to change, so it is the state itself;
   * what a serializer of the app's makes of it is not known, nor of an object of a class.
   */
  storedForm(state: EncodedValue): { stored?: EncodedValue } {
    return this.#keepsJson && isKept(state) ? { stored: state } : {};
  }
}

/** Whether JSON as Python writes it keeps an encoded value as it is: only a tuple or a float of a class is not. */
function isKept(value: EncodedValue): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isKept);
  if (!isTagged(value)) return Object.values(value).every(isKept);
  switch (value.$) {
    case 'bigint':
    case 'number':
    case 'text':
    case 'cut':
      return true;
    case 'object':
      return value.class === undefined && value.entries.every(([, part]) => isKept(part));
    case 'array':
      return value.class === undefined && value.items.every(isKept);
    default:
      return false;
  }
}
