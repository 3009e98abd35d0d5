/** Which library follows which rules, and what each knows of its own. */
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { middlewareOf } from '../recording/stores.ts';
import * as django from './django.ts';
import * as express from './express-session.ts';
import type { Facts } from './facts.ts';
import type { Life } from './lives.ts';
import type { CookieOutcome, RecordOutcome, Row } from './rows.ts';
import {
  type AskableSetting,
  DJANGO_SETTINGS,
  DJANGO_TS_SETTINGS,
  EXPRESS_SETTINGS,
  type SettingValues,
} from './settings.ts';

export interface LibraryRules {
  settings: readonly AskableSetting[];
  record: readonly Row<RecordOutcome>[];
  cookie: readonly Row<CookieOutcome>[];
  isModified: (facts: Facts) => boolean | undefined;
  isModifiedElsewhere: (facts: Facts) => boolean | undefined;
  /** A session has its key before it is saved. */
  isNamedBefore: boolean;
  /** Each session ends by the settings as they are, and not as they were when it began. */
  allFollowSettings: boolean;
  /** A record's age is counted by the settings when it is loaded. */
  agesAtLoad: (exchange: ExchangeRecord) => boolean;
  /** The cookie is the record. */
  isSealed: (exchange: ExchangeRecord) => boolean;
  /** The store can reset a record's end without a save; `undefined`: not known. */
  touches: (items: readonly TimelineItem[], exchange: ExchangeRecord) => boolean | undefined;
  /** The session's cookie has an end; `undefined`: not known. */
  hasExpiry: (
    facts: Facts,
    settings: SettingValues,
    life: Life | undefined,
    isNewKey: boolean,
    change: SettingValues,
  ) => boolean | undefined;
}

const EXPRESS: LibraryRules = {
  settings: EXPRESS_SETTINGS,
  record: express.EXPRESS_RECORD,
  cookie: express.EXPRESS_COOKIE,
  isModified: express.isModifiedBy,
  isModifiedElsewhere: express.isModifiedElsewhere,
  isNamedBefore: true,
  allFollowSettings: false,
  agesAtLoad: () => false,
  isSealed: () => false,
  touches: touchesOf,
  hasExpiry(facts, settings, life, isNewKey, change) {
    const end = facts.exchange.finished.expiry?.sessionAt;
    const own = end === undefined ? undefined : end !== null;
    if (!('cookie.maxAge' in change)) return own;
    // A session that the app gave an end of its own, or that began before the recording, keeps it.
    if (facts.setsExpiry) return undefined;
    return isNewKey || life?.followsSettings === true ? settings['cookie.maxAge'] !== null : own;
  },
};

/** Seen in the recording, or known of the store. */
function touchesOf(items: readonly TimelineItem[], exchange: ExchangeRecord): boolean | undefined {
  const store = middlewareOf(exchange)?.store;
  if (store === 'MemoryStore') return true;
  for (const item of items) {
    if (item.kind !== 'exchange' || item.life !== exchange.life) continue;
    if (item.started?.middleware !== exchange.started?.middleware) continue;
    const { outcome, reason } = item.finished?.verdict.record ?? {};
    if (outcome === 'touched') return true;
    if (reason === 'touch-disabled' || (reason === 'unmodified' && outcome === 'unchanged')) return false;
  }
  return undefined;
}

const djangoOf = (settings: readonly AskableSetting[]): LibraryRules => ({
  settings,
  record: django.DJANGO_RECORD,
  cookie: django.DJANGO_COOKIE,
  isModified: django.isModifiedBy,
  isModifiedElsewhere: django.isModifiedElsewhere,
  isNamedBefore: false,
  allFollowSettings: true,
  agesAtLoad: (exchange) => AGE_AT_LOAD.has(middlewareOf(exchange)?.store ?? ''),
  isSealed: (exchange) => middlewareOf(exchange)?.store === 'signed_cookies',
  touches: () => false,
  hasExpiry: () => undefined,
});

const AGE_AT_LOAD: ReadonlySet<string> = new Set(['signed_cookies', 'file']);

const LIBRARIES: Readonly<Record<string, LibraryRules>> = {
  'express-session': EXPRESS,
  'django.contrib.sessions': djangoOf(DJANGO_SETTINGS),
  '@sessionscope/django-sessions': djangoOf(DJANGO_TS_SETTINGS),
};

/** `undefined`: its rules are not known here. */
export const rulesOf = (library: string | undefined): LibraryRules | undefined => LIBRARIES[library ?? ''];
