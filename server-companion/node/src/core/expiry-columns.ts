/** The clocks of a log's events, in columns: an object for each would outlive the young heap with its two or three numbers. */
import type { Expiry } from '../../../../protocol/index.ts';

/** In the place of `null`: no clock says so. A clock that is absent is `NaN`. */
const NEVER = Number.NEGATIVE_INFINITY;

const ASSUMED = { absent: 0, no: 1, yes: 2 } as const;

const numberOf = (at: number | null | undefined): number => (at === undefined ? Number.NaN : at === null ? NEVER : at);
const isAbsent = Number.isNaN;
const clockOf = (at: number): number | null => (at === NEVER ? null : at);

export class ExpiryColumns {
  readonly #cookieAt: Float64Array;
  readonly #sessionAt: Float64Array;
  readonly #storeAt: Float64Array;
  readonly #storeFrom: (string | undefined)[];
  readonly #assumed: Uint8Array;
  readonly #isGiven: Uint8Array;

  constructor(size: number) {
    this.#cookieAt = new Float64Array(size);
    this.#sessionAt = new Float64Array(size);
    this.#storeAt = new Float64Array(size);
    this.#storeFrom = Array.from({ length: size }, () => undefined);
    this.#assumed = new Uint8Array(size);
    this.#isGiven = new Uint8Array(size);
  }

  put(slot: number, expiry: Expiry | undefined): void {
    this.#isGiven[slot] = expiry === undefined ? 0 : 1;
    if (expiry === undefined) return;
    this.#cookieAt[slot] = numberOf(expiry.cookieAt);
    this.#sessionAt[slot] = numberOf(expiry.sessionAt);
    this.#storeAt[slot] = numberOf(expiry.storeAt);
    // Nearly always the same constant: a write of the engine's is dearer than a look.
    if (this.#storeFrom[slot] !== expiry.storeFrom) this.#storeFrom[slot] = expiry.storeFrom;
    const { storeAssumed } = expiry;
    this.#assumed[slot] = storeAssumed === undefined ? ASSUMED.absent : storeAssumed ? ASSUMED.yes : ASSUMED.no;
  }

  get(slot: number): Expiry | undefined {
    if (this.#isGiven[slot] === 0) return undefined;
    const expiry: Expiry = {};
    const cookieAt = this.#cookieAt[slot]!;
    const sessionAt = this.#sessionAt[slot]!;
    const storeAt = this.#storeAt[slot]!;
    const storeFrom = this.#storeFrom[slot];
    const assumed = this.#assumed[slot];
    if (!isAbsent(cookieAt)) expiry.cookieAt = clockOf(cookieAt);
    if (!isAbsent(sessionAt)) expiry.sessionAt = clockOf(sessionAt);
    if (!isAbsent(storeAt)) expiry.storeAt = clockOf(storeAt);
    if (storeFrom !== undefined) expiry.storeFrom = storeFrom;
    if (assumed !== ASSUMED.absent) expiry.storeAssumed = assumed === ASSUMED.yes;
    return expiry;
  }
}
