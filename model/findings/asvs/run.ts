/** What a recording holds for the requirements, gathered in one pass: what one request says is kept until it changes. */
import type { ExchangeFinished, OperationRecorded } from '../../../protocol/index.ts';
import { isOfDevtools } from '../../recording/devtools-request.ts';
import type { ExchangeRecord, TimelineItem } from '../../recording/records.ts';
import type { Finding } from '../engine.ts';
import { isUserKey } from '../facts.ts';
import { loginIn } from '../logins.ts';
import type { Explanation } from '../rule.ts';
import { cookieOf, type SessionCookie } from './session-cookie.ts';

type Finished = ExchangeRecord & { finished: ExchangeFinished };

/** One operation, with its request. */
export interface Event {
  exchange: Finished;
  operation: OperationRecorded;
}

/** What one request says. */
interface Facts {
  cookie: SessionCookie | undefined;
  /** It put a user into a session. */
  login: Event | undefined;
  /** It ended a session whose record it had loaded, and the store deleted that. */
  ending: Event | undefined;
  /** It brought a cookie, and got nothing of a session by it. */
  refusal: Event | undefined;
  /** It made a session's key that it did not bring. */
  made: (Event & { key: string }) | undefined;
  /** It asked who is logged in, and somebody was. */
  asked: Event | undefined;
}

/** Of the whole recording, oldest first, whatever the filter hides. */
export interface Run {
  items: readonly TimelineItem[];
  /** Requests that have begun and ended in it, those of DevTools left out. */
  requests: number;
  /** Requests that have ended and of which the start was not recorded. */
  partial: number;
  /** Events that the log no longer held. */
  lost: number;
  cookies: readonly SessionCookie[];
  logins: readonly Event[];
  endings: readonly Event[];
  refusals: readonly Event[];
  made: readonly NonNullable<Facts['made']>[];
  asked: readonly Event[];
  /** Of these rules, the worst first. */
  findingsOf: (...rules: readonly string[]) => readonly Finding[];
  explain: (finding: Finding) => Explanation | undefined;
  /** Rules that threw: what they would have found is not known. */
  failed: ReadonlySet<string>;
}

export interface RunSource {
  items: readonly TimelineItem[];
  /** Worst first, the silenced ones too: what is silenced holds no better for it. */
  findings: readonly Finding[];
  explain: (finding: Finding) => Explanation | undefined;
  faults: readonly { rule: string }[];
}

export function runOf({ items, findings, explain, faults }: RunSource): Run {
  const of: { [Name in keyof Facts]: NonNullable<Facts[Name]>[] } = {
    cookie: [],
    login: [],
    ending: [],
    refusal: [],
    made: [],
    asked: [],
  };
  let requests = 0;
  let partial = 0;
  let lost = 0;
  for (const item of items) {
    if (item.kind === 'gap') lost += item.gap.count;
    if (item.kind !== 'exchange' || item.finished === undefined || isOfDevtools(item)) continue;
    if (!isWhole(item)) {
      partial += 1;
      continue;
    }
    requests += 1;
    const { cookie, login, ending, refusal, made, asked } = factsOf(item);
    if (cookie !== undefined) of.cookie.push(cookie);
    if (login !== undefined) of.login.push(login);
    if (ending !== undefined) of.ending.push(ending);
    if (refusal !== undefined) of.refusal.push(refusal);
    if (made !== undefined) of.made.push(made);
    if (asked !== undefined) of.asked.push(asked);
  }
  return {
    items,
    requests,
    partial,
    lost,
    cookies: of.cookie,
    logins: of.login,
    endings: of.ending,
    refusals: of.refusal,
    made: of.made,
    asked: of.asked,
    findingsOf: (...rules) => findings.filter(({ rule }) => rules.includes(rule.id)),
    explain,
    failed: new Set(faults.map(({ rule }) => rule)),
  };
}

const isWhole = (exchange: ExchangeRecord): exchange is Finished =>
  exchange.started !== undefined && exchange.finished !== undefined;

const known = new WeakMap<ExchangeRecord, { version: number; facts: Facts }>();

function factsOf(exchange: Finished): Facts {
  const before = known.get(exchange);
  if (before?.version === exchange.version) return before.facts;
  const of = (operation: OperationRecorded | undefined) => operation && { exchange, operation };
  const made = madeIn(exchange);
  const facts: Facts = {
    cookie: cookieOf(exchange),
    login: of(loginIn(exchange)),
    ending: of(endingIn(exchange)),
    refusal: of(refusalIn(exchange)),
    made: made && { exchange, operation: made, key: exchange.finished.sessionAfter! },
    asked: of(askedIn(exchange)),
  };
  known.set(exchange, { version: exchange.version, facts });
  return facts;
}

function endingIn({ operations, finished }: Finished): OperationRecorded | undefined {
  const { outcome, reason } = finished.verdict.record;
  // A framework that finds another password does it by itself: nobody logged out.
  if (outcome !== 'deleted' || reason.startsWith('session-hash')) return undefined;
  return operations.find(
    ({ operation, actor, outcome: how, from, seq }) =>
      operation === 'flush' &&
      (actor === 'app' || actor === 'framework') &&
      how === 'done' &&
      typeof from === 'string' &&
      operations.some(
        (one) => one.operation === 'load' && one.outcome === 'found' && one.session === from && one.seq < seq,
      ),
  );
}

const REFUSED: ReadonlySet<string> = new Set(['missing', 'expired', 'invalid-signature']);

function refusalIn({ started, operations, finished }: Finished): OperationRecorded | undefined {
  const { sent, fingerprint } = started!.cookie;
  if (sent === 0 || (fingerprint !== undefined && finished.sessionAfter === fingerprint)) return undefined;
  const loads = operations.filter(({ operation }) => operation === 'load');
  if (loads.some(({ outcome }) => outcome === 'found')) return undefined;
  return loads.find(({ outcome }) => outcome !== undefined && REFUSED.has(outcome));
}

function madeIn(exchange: Finished): OperationRecorded | undefined {
  const { started, operations, finished } = exchange;
  const key = finished.sessionAfter;
  if (key === null || key === started!.cookie.fingerprint || finished.verdict.record.outcome !== 'saved')
    return undefined;
  return operations.find(
    ({ operation, session, from, to }) =>
      (operation === 'create' && session === key) ||
      ((operation === 'create' || operation === 'cycle-key' || operation === 'save') && to === key && from !== key),
  );
}

const askedIn = ({ operations }: Finished): OperationRecorded | undefined =>
  operations.find(
    ({ operation, actor, path, hit }) => operation === 'get' && actor !== 'panel' && hit === true && isUserKey(path),
  );
