/** Compares what the panel claims of a whole request, once it has ended, with what browser, app and store saw of it. */
import type { StoredRecord } from './app-process.ts';
import type { Judge, Looked } from './judge.ts';
import { judgeSentences } from './judge-sentences.ts';
import type { ClaimKind } from './tally.ts';
import { hasEnded, type Truth, type TrueRequest } from './truth.ts';
import { contentOf, isEqual } from './values.ts';

/** Set-Cookie gives whole seconds, and stores count from when they were asked. */
const CLOCK_MS = 2_100;

export function judgeRequest(judge: Judge, looked: Looked): void {
  judgeRecord(judge, looked);
  judgeCookie(judge, looked);
  judgeSize(judge, looked);
  judgeClocks(judge, looked);
  judgeAtOnce(judge, looked);
  judgeServer(judge, looked);
  judgeDeletedBy(judge, looked);
  judgeSentences(judge, looked);
}

const say = ({ tally }: Judge, { step, truth }: Looked, kind: ClaimKind, says: string, isSo: string) =>
  tally.false({ kind, step, request: truth.request, says, isSo });

/** What the record holds, beside what memory holds in the form that the store would have it. */
function isStored({ asStored }: Looked['truth'], record: StoredRecord | undefined): boolean {
  const content = contentOf(record?.content ?? undefined);
  if (content === undefined || asStored === undefined) return false;
  return [...new Set([...content.keys(), ...asStored.keys()])].every((key) =>
    isEqual(content.get(key), asStored.get(key)),
  );
}

type Outcome =
  | 'saved'
  | 'touched'
  | 'unchanged'
  | 'deleted'
  | 'missing'
  | 'not-saved'
  | 'not-compared'
  | 'failed'
  | 'unreadable'
  | 'pending'
  | 'none';

function judgeRecord(judge: Judge, looked: Looked): void {
  const { claims, tally, truth: all, isSealed } = judge;
  const claim = claims.outcome(looked.cursor.exchange);
  const request = all.requests.get(looked.truth.request)!;
  if (claim === undefined) return tally.unknown('record outcome');
  const { key, records, memory } = looked.truth;
  const record = key === null ? undefined : records[key];
  const wrote = key !== null && request.wrote.has(key);
  const facts = `${wrote ? 'wrote' : 'did not write'} its record, ${record === undefined ? 'which is not there' : 'which is there'}, and ${isStored(looked.truth, record) ? 'holds what memory holds' : 'holds something else than memory'}`;
  const rules: Record<Outcome, () => boolean> = {
    // A store does not show that the same bytes were written again; saved with an end that had passed, no record.
    saved: () =>
      isStored(looked.truth, record) ||
      isOverwritten(all, request) ||
      (record === undefined && hasShortLife(judge, looked)),
    touched: () => record !== undefined || isOverwritten(all, request),
    unchanged: () => !wrote || isStored(looked.truth, record),
    deleted: () =>
      hasEnded(request.recordAtBegin) ||
      request.removed.size > 0 ||
      (isSealed && (key === null || memory?.size === 0)) ||
      request.sent === undefined ||
      request.recordAtBegin === undefined ||
      isOverwritten(all, request),
    missing: () =>
      isSealed || request.recordAtBegin === undefined || request.removed.size > 0 || isOverwritten(all, request),
    'not-saved': () => !isStored(looked.truth, record),
    'not-compared': () => !wrote,
    failed: () => request.errors.length > 0 || (request.status ?? 500) >= 400,
    unreadable: () => request.recordAtBegin?.content === null,
    pending: () => !request.hasEnded,
    none: () => !wrote || memory === undefined,
  };
  if (!rules[claim.record]()) return say(judge, looked, 'record outcome', claim.record, facts);
  if (claim.record === 'not-compared') tally.unknown('record outcome');
  else tally.right('record outcome');
}

/** So short that what was saved may be over by now. */
const SHORT_S = 2;

/** The session has an expiry that may be over by now: this request set it, an earlier one, or the settings. */
function hasShortLife({ truth: all, settings }: Judge, { truth }: Looked): boolean {
  const { acts } = all.requests.get(truth.request)!;
  const own = truth.memory?.get('_session_expiry');
  return (
    acts.some((act) => act.act === 'expire in' && act.seconds <= SHORT_S) ||
    (typeof own === 'number' && own <= SHORT_S) ||
    Number(settings['cookieAge'] ?? Number(settings['maxAge'] || Infinity) / 1_000) <= SHORT_S
  );
}

/** Another request ran meanwhile: what this one did can have been undone before anybody could look. */
const isOverwritten = (all: Truth, request: TrueRequest): boolean =>
  [...all.requests.values()].some((other) => other !== request && all.overlap(other, request));

/** `name=value` and attributes of the last Set-Cookie of a name. */
export function setCookie(
  request: TrueRequest,
  name: string,
): { value: string; attributes: Map<string, string> } | undefined {
  const line = request.setCookies?.findLast((one) => one.startsWith(`${name}=`));
  if (line === undefined) return undefined;
  const [pair = '', ...rest] = line.split(/; */);
  const attributes = rest.map((one): [string, string] => {
    const at = one.indexOf('=');
    return at < 0 ? [one.toLowerCase(), ''] : [one.slice(0, at).toLowerCase(), one.slice(at + 1)];
  });
  return { value: pair.slice(name.length + 1), attributes: new Map(attributes) };
}

/** Set so that the browser drops it: with an end that had passed before the request was sent, and not by its being slow. */
const isExpired = (beganMs: number, { value, attributes }: { value: string; attributes: Map<string, string> }) =>
  value === '' ||
  value === '""' ||
  (attributes.has('max-age')
    ? Number(attributes.get('max-age')) <= 0
    : Date.parse(attributes.get('expires') ?? '') <= beganMs - 1_000);

function judgeCookie(judge: Judge, looked: Looked): void {
  const { claims, tally, truth: all } = judge;
  const { exchange } = looked.cursor;
  const claim = claims.outcome(exchange);
  const request = all.requests.get(looked.truth.request)!;
  const name = exchange.started?.cookie.name;
  if (claim === undefined || claim.cookie === 'pending' || request.setCookies === undefined || name === undefined)
    return tally.unknown('cookie outcome');
  const sent = setCookie(request, name);
  const isSo = sent === undefined ? 'no Set-Cookie' : isExpired(request.beganMs, sent) ? 'expired' : 'set';
  const isRight =
    claim.cookie === 'set'
      ? isSo === 'set'
      : claim.cookie === 'expired'
        ? isSo === 'expired'
        : isSo === 'no Set-Cookie';
  // On a slow machine a cookie of one second may be over when it leaves: the library set it, and the browser drops it.
  const end = Date.parse(sent?.attributes.get('expires') ?? '');
  if (!isRight && claim.cookie === 'expired' && end <= looked.truth.epochMs) return tally.unknown('cookie outcome');
  if (!isRight) return say(judge, looked, 'cookie outcome', claim.cookie, isSo);
  tally.right('cookie outcome');
}

/** What a record's expiry may add to it, or take away. */
const ABOUT_BYTES = 64;

function judgeSize(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, names } = judge;
  const claim = claims.size(panel.items.value, looked.cursor);
  const name = claims.session(looked.cursor.exchange, looked.cursor.index);
  const key = name === undefined ? undefined : names.keyOf(name);
  const record = key === undefined ? undefined : looked.truth.records[key];
  // There is none, and the panel knows it.
  const isNone = record === undefined && claims.store(panel.items.value, looked.cursor).is === 'gone';
  if (claim === undefined && isNone) return tally.right('size');
  if (claim === undefined || record === undefined) return tally.unknown('size');
  if (claim.isAbout ? Math.abs(claim.bytes - record.bytes) <= ABOUT_BYTES : claim.bytes === record.bytes)
    return tally.right('size');
  say(judge, looked, 'size', `${claim.isAbout ? 'about ' : ''}${claim.bytes} bytes`, `${record.bytes} bytes`);
}

function judgeClocks(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, names, truth: all } = judge;
  const { exchange } = looked.cursor;
  const request = all.requests.get(looked.truth.request)!;
  // Where the app chose a key that was not saved, the clocks are those of the session that goes on.
  const goesOn = names.keyOf(exchange.finished?.sessionAfter ?? '') ?? looked.truth.key;
  const record = goesOn === null ? undefined : looked.truth.records[goesOn];
  for (const clock of claims.clocks(panel.items.value, exchange)) {
    if (clock.isGone === true && record === undefined) {
      tally.right(clock.name === 'session' ? 'session end' : 'clock');
      continue;
    }
    if (clock.name === 'session') {
      // What the app has in memory then is of the other one.
      if (goesOn === looked.truth.key) judgeSessionEnd(judge, looked, clock.at);
      else tally.unknown('session end');
      continue;
    }
    const ends = clock.name === 'store' ? [record?.expiresAt] : cookieEnds(judge, request);
    const isSo = ends.filter((end) => end !== undefined);
    // What Set-Cookie said, where it is not known whether the browser kept it.
    const at = clock.at === undefined ? clock.claimedAt : clock.at;
    const isAssumed = (clock as { isAssumed?: boolean }).isAssumed === true;
    if (at === undefined || isSo.length === 0 || isAssumed) tally.unknown('clock');
    else if (isOneOf(at, isSo)) tally.right('clock');
    else say(judge, looked, 'clock', `${clock.title}: ${instant(at)}`, isSo.map(instant).join(' or '));
  }
}

const isOneOf = (at: number | null, ends: readonly (number | null)[]): boolean =>
  ends.some((end) => at === end || (at !== null && end !== null && Math.abs(at - end) <= CLOCK_MS));

/** When the session ends by itself, by what it or its record holds. */
function judgeSessionEnd(judge: Judge, looked: Looked, at: number | null | undefined): void {
  const { tally, truth: all } = judge;
  const ends = all.endsOf(all.requests.get(looked.truth.request)!);
  if (at === undefined || ends.length === 0) tally.unknown('session end');
  else if (isOneOf(at, ends)) tally.right('session end');
  else say(judge, looked, 'session end', instant(at), ends.map(instant).join(' or '));
}

const instant = (at: number | null) => (at === null ? 'no end' : new Date(at).toISOString());

/** Of the session's cookie in the browser: as the jar holds it, and as its Set-Cookie said. Empty: it holds another. */
function cookieEnds({ keyOf }: Judge, { held, key }: TrueRequest): (number | null)[] {
  return held === undefined || key === null || keyOf(held.value) !== key ? [] : [held.expiresAt, held.saidToExpireAt];
}

/** Servers date by whole milliseconds, and note an end a moment late: so short an overlap is nobody's to know. */
const HAIRLINE_MS = 3;

const isHairline = ({ runsMs: a }: TrueRequest, { runsMs: b }: TrueRequest): boolean =>
  Math.abs(Math.min(a[1], b[1]) - Math.max(a[0], b[0])) <= HAIRLINE_MS;

function judgeAtOnce(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, truth: all } = judge;
  const own = all.requests.get(looked.truth.request)!;
  if (own.isAborted || own.isLost) return tally.unknown('at once');
  const claimed = claims.atOnce(panel.items.value, looked.cursor.exchange, Date.now()).flatMap(({ started }) => {
    const number = /^\/r\/(\d+)$/.exec(started?.path ?? '')?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const there = [...all.requests.values()].filter((other) => other !== own && all.overlap(other, own));
  // What ended by its browser's going away, or with its server, ended at no moment that both sides saw.
  const isSure = (number: number) => {
    const other = all.requests.get(number)!;
    return !other.isAborted && !other.isLost && !isHairline(own, other);
  };
  const numbers = there.map(({ number }) => number);
  const wrong = [
    ...claimed.filter((number) => !numbers.includes(number)),
    ...numbers.filter((number) => !claimed.includes(number)),
  ];
  if (!wrong.some(isSure)) return tally.right('at once');
  say(judge, looked, 'at once', `with ${JSON.stringify(claimed)}`, `with ${JSON.stringify(numbers)}`);
}

/** Which of several servers ran it, by its port. */
function judgeServer(judge: Judge, looked: Looked): void {
  const { claims, tally, truth: all, ports } = judge;
  const port = claims.server(looked.cursor.exchange)?.port;
  const isSo = ports[all.requests.get(looked.truth.request)!.server];
  if (port === undefined) return tally.unknown('server');
  if (port === isSo) return tally.right('server');
  say(judge, looked, 'server', `port ${port}`, `port ${isSo}`);
}

/** Who took away the record that a touch or save did not find. */
function judgeDeletedBy(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, truth: all, names } = judge;
  const { exchange } = looked.cursor;
  for (const operation of exchange.operations) {
    // A store may call a touch done where it found nothing: there, only what is claimed is judged.
    const isTouch = operation.operation === 'touch' && operation.outcome === 'done';
    if (operation.outcome !== 'gone' && !isTouch) continue;
    const by = claims.deletedBy(panel.items.value, exchange, operation);
    if (isTouch && by === undefined) continue;
    const number = /^\/r\/(\d+)$/.exec(by?.exchange.started?.path ?? '')?.[1];
    const key = operation.session === null ? undefined : names.keyOf(operation.session);
    if (by === undefined || by.operation.operation === 'expire' || number === undefined || key === undefined)
      tally.unknown('deleted by');
    else if (all.requests.get(Number(number))?.removed.has(key) === true) tally.right('deleted by');
    else say(judge, looked, 'deleted by', `request ${number}`, 'it did not take the record away');
  }
}
