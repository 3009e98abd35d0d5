/** Which ends a session can have: those that Django reads. */
import { InvalidExpiryError } from './errors.ts';
import { isAwareIso, parseIso, type ProjectClock } from './times.ts';

/** In a session's data: Django's name for its own end. */
export const EXPIRY_KEY = '_session_expiry';

/** Python's `datetime` knows the years 1 to 9999; a day at each end is left for time zones. */
const FIRST_MS = Date.parse('0001-01-02T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T00:00:00Z') + 86_399_999;

const isTime = (ms: number): boolean => ms >= FIRST_MS && ms <= LAST_MS;

/** Throws `InvalidExpiryError` where seconds from now, or a time, are none that Django can read. */
export function checkExpiry(value: unknown): asserts value is number | Date {
  const ms =
    value instanceof Date ? value.getTime() : typeof value === 'number' ? Date.now() + value * 1000 : Number.NaN;
  if (!isTime(ms)) throw new InvalidExpiryError(describe(value));
}

/** The same of what the session's data holds under `_session_expiry`: a time is text there, with a zone or without. */
export function checkStoredExpiry(value: unknown, clock: ProjectClock): void {
  if (value === null) return;
  if (typeof value !== 'string') return checkExpiry(value);
  if (value === '') return;
  // Django compares it with its own now, which has a zone where USE_TZ is true and else has none.
  if (isAwareIso(value) !== (clock.timeZone === undefined)) throw new InvalidExpiryError(describe(value));
  let ms: number;
  try {
    ms = parseIso(value, clock);
  } catch {
    throw new InvalidExpiryError(describe(value));
  }
  if (!isTime(ms)) throw new InvalidExpiryError(describe(value));
}

const describe = (value: unknown): string =>
  value instanceof Date
    ? `the Date ${Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()}`
    : typeof value === 'number'
      ? String(value)
      : typeof value === 'string'
        ? JSON.stringify(value.slice(0, 40))
        : value === null || typeof value === 'undefined'
          ? String(value)
          : `a value of type ${typeof value}`;
