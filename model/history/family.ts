/**
 * The family of a session: the keys, or sealed cookies, that it came from, became, and was followed by, as far as it was
 * recorded. A link is a recorded step; where nothing was recorded there is none.
 */
import type { OperationRecorded } from '../../protocol/index.ts';
import { type ExchangeRecord, isOfThisTab } from '../recording/records.ts';
import { cookiePlaceOf, type SessionRequests } from './session-requests.ts';
import { type Becoming, stepsOf } from './session-steps.ts';

export interface FamilyLink {
  from: string;
  to: string;
  /**
   * `replaced`: a request brought the one and ended with the other. `next`: the one was taken from the browser, and the
   * other was the next that this tab was given.
   */
  is: Becoming | 'replaced' | 'next';
  exchange: ExchangeRecord;
  /** Absent: the request as a whole. */
  operation?: OperationRecorded;
}

export interface Family {
  /** Whose family: the key that was asked about. */
  of: string;
  sessions: ReadonlySet<string>;
  links: readonly FamilyLink[];
  /** What had to do with each of them, in order. */
  requests: ReadonlyMap<string, readonly ExchangeRecord[]>;
  /** Of these, older requests are left out. */
  cut: ReadonlySet<string>;
  /** There are more, farther away. */
  isCut: boolean;
}

/** Nobody reads more; where the cookie is the session, each save makes another one. */
export const MAX_SESSIONS = 120;
/** Of one key; the newest. A developer reads no more, and each event draws them once more. */
export const MAX_REQUESTS = 600;
/** Requests that are looked over for the one that a tab was given next. */
const MAX_LOOK = 300;

export function familyOf(requests: SessionRequests, of: string): Family {
  const seen = new Map<string, readonly ExchangeRecord[]>();
  const links = new Map<string, FamilyLink>();
  const waiting = new Set([of]);
  const cut = new Set<string>();
  let isCut = false;
  for (const session of waiting) {
    if (seen.size >= MAX_SESSIONS) {
      isCut = true;
      break;
    }
    const all = requests.ofSession(session);
    if (all.length > MAX_REQUESTS) cut.add(session);
    const own = all.slice(-MAX_REQUESTS);
    seen.set(session, own);
    for (const link of [...own.flatMap(linksOf), ...nextLinks(requests, own, session)]) {
      if (link.from !== session && link.to !== session) continue;
      links.set(`${link.is} ${link.from} ${link.to} ${link.exchange.id}`, link);
      waiting.add(link.from).add(link.to);
    }
  }
  const kept = [...links.values()].filter(({ from, to }) => seen.has(from) && seen.has(to));
  return { of, sessions: new Set(seen.keys()), links: kept, requests: seen, cut, isCut };
}

function linksOf(exchange: ExchangeRecord): FamilyLink[] {
  const { steps, replaced } = stepsOf(exchange);
  const links = steps.flatMap((step): FamilyLink[] =>
    'to' in step ? [{ from: step.session, to: step.to, is: step.is, exchange, operation: step.operation }] : [],
  );
  return replaced === undefined ? links : [...links, { ...replaced, is: 'replaced', exchange }];
}

const wasTaken = ({ finished }: ExchangeRecord): boolean => finished?.verdict.cookie.outcome === 'expired';

/** What this tab had before and after a session, where its cookie was taken from the browser in between. */
function nextLinks(requests: SessionRequests, own: readonly ExchangeRecord[], session: string): FamilyLink[] {
  const end = own.findLast((one) => stepsOf(one).brought === session && wasTaken(one) && isOfThisTab(one));
  const start = own.find((one) => isGiven(one) && stepsOf(one).set === session);
  const after = end && neighbor(requests, end, 1);
  const before = start && neighbor(requests, start, -1);
  return [
    ...(after !== undefined && isGiven(after) ? [next(session, stepsOf(after).set!, after)] : []),
    ...(before !== undefined && wasTaken(before) && stepsOf(before).brought !== undefined
      ? [next(stepsOf(before).brought!, session, start!)]
      : []),
  ].filter(({ from, to }) => from !== to);
}

const next = (from: string, to: string, exchange: ExchangeRecord): FamilyLink => ({ from, to, is: 'next', exchange });

/** This tab came without a cookie, and was given one. */
const isGiven = (exchange: ExchangeRecord): boolean =>
  isOfThisTab(exchange) && exchange.started?.cookie.sent === 0 && stepsOf(exchange).set !== undefined;

/** The next, or previous, request of this tab that brought, set or dropped the same cookie. */
function neighbor(requests: SessionRequests, of: ExchangeRecord, by: 1 | -1): ExchangeRecord | undefined {
  const place = cookiePlaceOf(of);
  if (place === undefined) return undefined;
  const all = requests.ofCookie(place);
  for (let at = all.lastIndexOf(of) + by, looked = 0; at >= 0 && at < all.length && looked < MAX_LOOK; at += by) {
    const other = all[at]!;
    looked += 1;
    if (!isOfThisTab(other)) continue;
    if (other.started!.cookie.sent > 0 || wasTaken(other) || stepsOf(other).set !== undefined) return other;
  }
  return undefined;
}
