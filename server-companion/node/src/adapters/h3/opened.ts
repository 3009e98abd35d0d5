/** A session that h3 has made for a request, and its data as they are at each moment. */
import type { OpenedSession } from '../../kit/app-saved-exchange.ts';
import type { LiveData } from '../../kit/known-values.ts';
import { readProperty } from '../../kit/live-properties.ts';
import type { RawSession } from './types.ts';

export interface Opened extends OpenedSession {
  readonly raw: RawSession;
  readonly data: SessionData;
  /** The last that was made of it; `undefined`: none was. */
  seal: string | undefined;
}

/** `session.data` may be replaced by the app, and is gone from the request with `clear()`. */
export class SessionData implements LiveData {
  readonly #raw: RawSession;
  #instead: object | undefined;

  constructor(raw: RawSession) {
    this.#raw = raw;
  }

  /** Has something else looked at in the place of what the session holds; `undefined`: no more. */
  stand(instead: object | undefined): void {
    this.#instead = instead;
  }

  /** The request has this session no more: it holds nothing. */
  end(): void {
    this.#instead = {};
  }

  keys = (): string[] => Object.keys(this.#object);
  has = (key: string): boolean => Object.prototype.propertyIsEnumerable.call(this.#object, key);
  get = (key: string): unknown => readProperty(this.#object, key);

  get #object(): object {
    return this.#instead ?? this.#raw.data ?? {};
  }
}
