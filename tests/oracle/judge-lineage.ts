/** The lineage of a session, once the program is over: who brought each key, who set it, what each came from and how it ended. */
import type { LineageRow } from '../../model/index.ts';
import type { Judge, Looked } from './judge.ts';
import { setCookie } from './judge-request.ts';
import { hasEnded, type TrueRequest } from './truth.ts';

type Exchange = LineageRow['brought'][number];

export function judgeLineage(judge: Judge, looked: Looked): void {
  const { claims, panel } = judge;
  for (const row of claims.lineage(panel.items.value, looked.cursor.exchange)) {
    for (const exchange of row.brought) judgeBrought(judge, looked, row, exchange);
    for (const exchange of row.set) judgeSet(judge, looked, row, exchange);
    judgeEvent(judge, looked, row);
  }
}

const requestOf = ({ truth }: Judge, exchange: Exchange | undefined): TrueRequest | undefined =>
  truth.requests.get(Number(/^\/r\/(\d+)$/.exec(exchange?.started?.path ?? '')?.[1] ?? 0));

/** The true key behind a name, and the true request; `undefined`: nobody knows the one or the other. */
function lookUp(judge: Judge, { session }: LineageRow, exchange: Exchange | undefined) {
  const request = requestOf(judge, exchange);
  const key = session === undefined ? undefined : judge.names.keyOf(session);
  return request === undefined || key === undefined ? undefined : { request, key };
}

function note(
  { tally }: Judge,
  { step }: Looked,
  request: number | undefined,
  isRight: boolean | undefined,
  says: string,
  isSo: string,
): void {
  if (isRight === undefined) tally.unknown('lineage');
  else if (isRight) tally.right('lineage');
  else tally.false({ kind: 'lineage', step, request: request ?? 0, says, isSo });
}

function judgeBrought(judge: Judge, looked: Looked, row: LineageRow, exchange: Exchange): void {
  const found = lookUp(judge, row, exchange);
  const isRight = found && found.request.sent === found.key;
  note(judge, looked, found?.request.number, isRight, `brought ${row.session}`, `it brought ${found?.request.sent}`);
}

/** Session key of the cookie that a response set; `undefined`: it set none. */
function keySet(judge: Judge, request: TrueRequest, exchange: Exchange): string | undefined {
  const cookie = setCookie(request, exchange.started?.cookie.name ?? '');
  return cookie === undefined ? undefined : judge.keyOf(cookie.value);
}

function judgeSet(judge: Judge, looked: Looked, row: LineageRow, exchange: Exchange): void {
  const found = lookUp(judge, row, exchange);
  // The browser had gone: what its response said nobody saw.
  const isKnown = found?.request.setCookies !== undefined;
  const key = isKnown ? keySet(judge, found.request, exchange) : undefined;
  note(
    judge,
    looked,
    found?.request.number,
    isKnown ? key === found.key : undefined,
    `set ${row.session}`,
    `set ${key}`,
  );
}

function judgeEvent(judge: Judge, looked: Looked, row: LineageRow): void {
  if (row.mark === 'brought' || row.mark === 'gap' || row.mark === 'restart' || row.mark === 'user') return;
  const found = lookUp(judge, row, row.exchange);
  const isRight = found && isSo(judge, row, found.request, found.key);
  const says = `${row.mark} ${row.how ?? ''} ${row.session} from ${row.from ?? 'nothing'}`;
  note(judge, looked, found?.request.number, isRight, says, 'it did not');
}

const hasAct = ({ acts }: TrueRequest, name: string): boolean => acts.some(({ act }) => act === name);

/** `undefined`: the observer does not see it. */
function isSo(judge: Judge, row: LineageRow, request: TrueRequest, key: string): boolean | undefined {
  const { isSealed, names } = judge;
  switch (row.mark) {
    case 'begun':
      return hasBegun(judge, row, request, key);
    case 'joined':
      return row.from === undefined ? undefined : request.sent === names.keyOf(row.from);
    case 'ended':
      return isSealed
        ? hasAct(request, 'end session') || hasAct(request, 'new key')
        : request.removed.has(key) || hasAct(request, 'end session');
    case 'missing':
      if (request.sent !== key) return undefined;
      if (request.recordAtBegin === undefined || hasAct(request, 'reload')) return true;
      // Some libraries look when the app does: whether the record was there by then, nobody knows.
      return hasGone(judge, request, key) ? undefined : false;
    case 'works':
      return isSealed ? request.sent === key : request.recordAtBegin !== undefined;
    case 'revived':
      // What was sealed and set is in the browser again.
      return isSealed ? request.setCookies && keySet(judge, request, row.exchange!) === key : request.wrote.has(key);
    default:
      return undefined;
  }
}

/** The record that was there as a request began may have gone while it ran: by its own end, or by another request. */
function hasGone({ truth }: Judge, request: TrueRequest, key: string): boolean {
  const record = truth.records[request.server]?.[key];
  if (record === undefined || hasEnded(record)) return true;
  return [...truth.requests.values()].some((other) => other.removed.has(key) && truth.overlap(other, request));
}

function hasBegun(judge: Judge, row: LineageRow, request: TrueRequest, key: string): boolean | undefined {
  const { names } = judge;
  const from = row.from === undefined ? undefined : names.keyOf(row.from);
  const newKeys = request.acts.filter(({ act }) => act === 'new key' || act === 'end session').length;
  switch (row.how) {
    case 'made':
      return request.sent !== key && !broughtBefore(judge, request, key);
    case 'adopted':
      return request.sent === key && request.recordAtBegin === undefined && request.wrote.has(key);
    case 'rotated':
      return from === undefined
        ? undefined
        : newKeys > 0 && (request.sent === from || newKeys > 1 || !isSent(judge, from));
    case 'sealed':
      // Sealed twice in one request, the first of the two is its own; equal content of one second has one name.
      return from === undefined
        ? undefined
        : request.sent === from || newKeys > 0 || hasAct(request, 'save') || !broughtBefore(judge, request, from);
    case 'replaced':
      return from === undefined ? undefined : request.sent === from && request.sent !== key;
    default:
      return undefined;
  }
}

/** Some request came with the key: it was in a cookie. */
const isSent = ({ truth }: Judge, key: string): boolean =>
  [...truth.requests.values()].some(({ sent }) => sent === key);

/** A request before this one came with the key: it can't have been made here. */
const broughtBefore = ({ truth }: Judge, request: TrueRequest, key: string): boolean =>
  [...truth.requests.values()].some((other) => other.beganAt < request.beganAt && other.sent === key);
