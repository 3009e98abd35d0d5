/** What changed in the browser's jar while recording, and whether a response of the recording explains it. */
import type { JarChange, KeptCookie } from './jar.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';

/** Changes kept: a session cookie changes with a login or with each response; older ones are history. */
export const MAX_CHANGES = 500;

/** The browser reports a change, and DevTools the response, each in its own time. */
const APART_MS = 2_000;

/** One change as people see it: what the jar held, and holds. */
export interface CookieChange {
  at: number;
  cookie: KeptCookie;
  /** `set` where there was none, `replaced` where there was one, else why it was removed. */
  kind: 'set' | 'replaced' | 'deleted' | 'expired' | 'evicted';
}

/** Takes the browser's reports in: the removal and the setting of one overwriting are one change. */
export function withChange(
  changes: readonly CookieChange[],
  { at, cookie, removed, cause }: JarChange,
): CookieChange[] {
  const last = changes.at(-1);
  if (!removed && last?.kind === 'replaced' && last.at === UNFINISHED && isSameCookie(last.cookie, cookie))
    return [...changes.slice(0, -1), { at, cookie, kind: 'replaced' }];
  const known = changes.filter((change) => change.at !== UNFINISHED);
  // The setting follows at once; alone it says nothing.
  if (removed && cause === 'overwrite') return [...known, { at: UNFINISHED, cookie, kind: 'replaced' }];
  const kind = removed ? REMOVALS[cause] : 'set';
  return [...known, { at, cookie, kind }].slice(-MAX_CHANGES) as CookieChange[];
}

/** The removal of an overwriting has come, its setting not yet. */
const UNFINISHED = -1;

const REMOVALS = {
  explicit: 'deleted',
  overwrite: 'replaced',
  expired: 'expired',
  expired_overwrite: 'deleted',
  evicted: 'evicted',
} as const;

const isSameCookie = (a: KeptCookie, b: KeptCookie) =>
  a.name === b.name && a.domain === b.domain && a.path === b.path && a.partition === b.partition;

/**
 * Changes that no response of the recording made: by a script, another tab, the user, or the browser itself. Those of
 * the last two seconds wait for their response to be seen.
 */
export function unexplained(
  changes: readonly CookieChange[],
  items: readonly TimelineItem[],
  now: number,
): CookieChange[] {
  const settled = changes.filter(({ at }) => at !== UNFINISHED && at < now - APART_MS);
  if (settled.length === 0) return [];
  const writers = items.filter((item): item is ExchangeRecord => item.kind === 'exchange' && writes(item));
  return settled.filter(
    (change) =>
      // The clock alone lets a cookie expire.
      change.kind === 'expired' || !writers.some((exchange) => explains(exchange, change)),
  );
}

const writes = ({ har, finished }: ExchangeRecord): boolean =>
  (har?.setCookies.length ?? 0) > 0 || finished?.verdict.cookie.attributes !== undefined;

function explains({ started, finished, har, at }: ExchangeRecord, change: CookieChange): boolean {
  const isNamed =
    har?.setCookies.some(({ name }) => name === change.cookie.name) === true ||
    finished?.verdict.cookie.attributes?.name === change.cookie.name ||
    (har === undefined && started?.cookie.name === change.cookie.name);
  if (!isNamed) return false;
  // The browser's clock where it saw the response, else the server's.
  const from = har?.startedAt ?? at;
  const to = from + (har?.durationMs ?? finished?.durationMs ?? 0);
  return change.at >= from - APART_MS && change.at <= to + APART_MS;
}
