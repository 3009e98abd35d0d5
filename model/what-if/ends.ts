/** When record and cookie end, as they did and as they would have. */
import type { Facts } from './facts.ts';
import type { LibraryRules } from './libraries.ts';
import type { End, Ends, Life } from './lives.ts';
import type { CookieOutcome, Guess, RecordOutcome } from './rows.ts';
import type { SettingValues } from './settings.ts';
import { middlewareOf } from '../recording/stores.ts';

interface Of {
  facts: Facts;
  /** As asked for, and as the server has them. */
  settings: SettingValues;
  recorded: SettingValues;
  life: Life;
  record: Guess<RecordOutcome>;
  cookie: Guess<CookieOutcome>;
}

const WRITTEN: ReadonlySet<string> = new Set(['saved', 'touched']);

export function endsUnder(rules: LibraryRules, of: Of): Pick<Life, 'was' | 'is' | 'least' | 'isSeen'> {
  const { facts, life, record, cookie } = of;
  const { expiry, verdict } = facts.exchange.finished;
  const wasWritten = WRITTEN.has(verdict.record.outcome);
  const wasSet = verdict.cookie.outcome === 'set';
  const was: Ends = {
    record: wasWritten ? (expiry?.storeAssumed === true ? undefined : expiry?.storeAt) : life.was.record,
    cookie: wasSet ? expiry?.cookieAt : life.was.cookie,
  };
  const would = rules.isNamedBefore ? ofExpress(of) : ofDjango(of);
  const isTaken = facts.session === undefined || life.status === 'unborn';
  const is: Ends = {
    record: isTaken ? undefined : pick(record, would.record, life.is.record, WRITTEN),
    cookie: isTaken ? undefined : pick(cookie, would.cookie, life.is.cookie, SET),
  };
  const least: Ends = {
    record: is.record === undefined ? earlier(life.least.record, would.record) : is.record,
    cookie: is.cookie === undefined ? earlier(life.least.cookie, would.cookie) : is.cookie,
  };
  const isSeen = facts.load === 'found' || wasWritten ? !DELETED.has(verdict.record.outcome) : life.isSeen;
  return { was, is, least, isSeen };
}

const SET: ReadonlySet<string> = new Set(['set']);
const DELETED: ReadonlySet<string> = new Set(['deleted', 'missing', 'failed']);

/** Set fresh, or as it was before. */
function pick(guess: Guess<string>, fresh: End, before: End, sets: ReadonlySet<string>): End {
  if (guess.outcome === 'unknown') return undefined;
  return sets.has(guess.outcome) ? fresh : before;
}

/** Whichever of the two it is, it is not before this. */
function earlier(a: End, b: End): End {
  if (a === undefined || b === undefined) return undefined;
  return a === null ? b : b === null ? a : Math.min(a, b);
}

/** express-session counts the cookie's age from the end of each request; the store takes the cookie's end for its own. */
function ofExpress({ facts, settings, recorded, life }: Of): Ends {
  const { expiry } = facts.exchange.finished;
  const age = settings['cookie.maxAge'];
  const isAsked = age !== recorded['cookie.maxAge'];
  // It has an end of its own, or might be another session: whether its end is the settings' is not to be seen.
  if (isAsked && (facts.setsExpiry || life.status === 'astray')) return { record: undefined, cookie: undefined };
  const follows = isAsked && life.followsSettings;
  const end: End = follows ? (age === null ? null : facts.endedAt + Number(age)) : expiry?.sessionAt;
  const store = middlewareOf(facts.exchange)?.store;
  const wasWritten = WRITTEN.has(facts.verdict.record.outcome) && expiry?.storeAssumed !== true;
  const isCookieEnd = store === 'MemoryStore' || (store === 'RedisStore' && end !== null);
  // Without an end of the cookie's, a store has one of its own: known where it was seen.
  const record = isCookieEnd ? end : wasWritten && !follows ? expiry?.storeAt : undefined;
  return { record, cookie: end };
}

const AGE = ['SESSION_COOKIE_AGE', 'cookieAge'];
const AT_CLOSE = ['SESSION_EXPIRE_AT_BROWSER_CLOSE', 'expireAtBrowserClose'];

const valueOf = (settings: SettingValues, names: readonly string[]) =>
  settings[names.find((name) => name in settings) ?? ''];

/** Django counts a record's age from its save, and a cookie's from the response that sets it. */
function ofDjango({ facts, settings, recorded }: Of): Ends {
  const { expiry, verdict } = facts.exchange.finished;
  // Where nothing was saved, a number of seconds of the session's own begins fresh with each load.
  const ownAt = expiry?.sessionAt;
  const age = Number(valueOf(settings, AGE));
  const isOwn = typeof ownAt === 'number' || facts.setsExpiry;
  const isByAge =
    AGE.includes(expiry?.storeFrom ?? '') || (expiry?.storeFrom === undefined && ownAt === null && !isOwn);
  const wasSaved = verdict.record.outcome === 'saved';
  const byAge = facts.endedAt + age;
  const record = isByAge ? byAge : wasSaved ? expiry?.storeAt : undefined;
  return { record, cookie: cookieEnd() };

  function cookieEnd(): End {
    const wasSet = verdict.cookie.outcome === 'set' ? expiry?.cookieAt : undefined;
    if (isOwn) return wasSet;
    const atClose = valueOf(settings, AT_CLOSE);
    // The session may say of itself that it ends with the browser.
    if (wasSet === null && valueOf(recorded, AT_CLOSE) === false) return null;
    return atClose === true ? null : isByAge ? byAge : undefined;
  }
}
