/** Compares what the panel claims of one moment with how things stood then. */
import type { PanelModel } from '../../model/index.ts';
import type { EncodedValue } from '../../protocol/index.ts';
import { agree } from './agree.ts';
import type { StoredRecord } from './app-process.ts';
import type { Claims } from './claims.ts';
import type { SessionNames } from './session-names.ts';
import type { ClaimKind, Tally } from './tally.ts';
import type { Truth, TrueMoment, TrueWrite } from './truth.ts';
import { canonical, type Content, contentOf, type Dump, isEqual } from './values.ts';

export type Exchange = Parameters<Claims['session']>[0];
export type Cursor = { exchange: Exchange; index: number };

/** A moment of the recording, and how things stood then. */
export interface Looked {
  step: number;
  cursor: Cursor;
  truth: TrueMoment;
  /** The moment at which its request had ended. */
  isEnd?: boolean;
}

export interface Judge {
  claims: Claims;
  panel: PanelModel;
  truth: Truth;
  names: SessionNames;
  tally: Tally;
  settings: Readonly<Record<string, boolean | number>>;
  /** By server: where it listens. */
  ports: readonly number[];
  /** The session key in a cookie's value. */
  keyOf(cookie: string): string | undefined;
  /** Records live in the cookie: there is no store that could hold or lose one. */
  isSealed: boolean;
}

/** The record of a moment's session, in short. */
export function recordAtEnd(_judge: Judge, { truth }: Looked): string {
  const record = truth.key === null ? undefined : truth.records[truth.key];
  return `memory ${short([...(truth.memory?.keys() ?? [])])}, record ${record === undefined ? 'none' : shortDump(record.content ?? undefined)}`;
}

/** Keys that are asked about one by one: a session of 130 is sampled. */
const KEYS_ASKED = 6;

const short = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 150)}… (${text.length})` : text;
};
const shortDump = (value: Dump | undefined) => (value === undefined ? 'nothing' : short(canonical(value)));

/** An encoded session's parts by key; `undefined`: it is not an object. */
export function partsByKey(value: EncodedValue): { parts: Map<string, EncodedValue>; size: number } | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  if (!Object.hasOwn(value, '$')) {
    const entries = Object.entries(value as Record<string, EncodedValue>);
    return { parts: new Map(entries), size: entries.length };
  }
  const tagged = value as unknown as { $: string; entries?: [string, EncodedValue][]; size: number };
  return tagged.$ === 'object' ? { parts: new Map(tagged.entries), size: tagged.size } : undefined;
}

const isSecret = (key: string) => key.startsWith('(redacted ');

export function judgeMoment(judge: Judge, looked: Looked): void {
  judgeSession(judge, looked);
  judgeMemory(judge, looked);
  judgeStore(judge, looked);
  judgeSaved(judge, looked);
  judgeWrites(judge, looked);
}

const say = ({ tally }: Judge, { step, truth }: Looked, kind: ClaimKind, says: string, isSo: string) =>
  tally.false({ kind, step, request: truth.request, says, isSo });

/** A value that changed in place reads as it was until the library looks: the panel can't know better. */
const mayRead = ({ truth }: Looked, key: string, encoded: EncodedValue | undefined): boolean =>
  truth.unseen.get(key)?.some((old) => agree(encoded, old) !== 'false') ?? false;

function judgeSession({ claims, names, tally, ...rest }: Judge, looked: Looked): void {
  const { cursor, truth } = looked;
  const name = claims.session(cursor.exchange, cursor.index);
  const key = name === undefined ? undefined : names.keyOf(name);
  // A session that has no key has no name.
  if (name === undefined && truth.key === null) return tally.right('session');
  if (name === undefined || key === undefined || truth.key === null) return tally.unknown('session');
  if (key === truth.key) return tally.right('session');
  if (rest.truth.isNobodys(truth.request, truth.key)) return tally.unknown('session');
  say({ claims, names, tally, ...rest }, looked, 'session', `session ${name}`, 'another session key is in use');
}

function judgeMemory(judge: Judge, looked: Looked): void {
  const { claims, tally } = judge;
  const { cursor, truth } = looked;
  const claim = claims.memory(cursor);
  if (claim === undefined) {
    // State says then that the request has no session in memory.
    if (truth.memory === undefined) return tally.right('memory');
    return say(judge, looked, 'memory', 'none', short([...truth.memory.keys()]));
  }
  judgeContent(judge, looked, 'memory', claim, truth.memory ?? new Map());
}

function judgeContent(judge: Judge, looked: Looked, kind: ClaimKind, claim: EncodedValue, there: Content): void {
  const { tally } = judge;
  const shown = partsByKey(claim);
  if (shown === undefined) return say(judge, looked, kind, short(claim), 'a session is an object');
  const isWhole = shown.parts.size === shown.size;
  if (
    shown.size !== there.size &&
    ![...shown.parts.keys(), ...there.keys()].some((key) => looked.truth.unseen.has(key))
  )
    say(
      judge,
      looked,
      kind,
      `${shown.size} keys: ${short([...shown.parts.keys()])}`,
      `${there.size} keys: ${short([...there.keys()])}`,
    );
  for (const [key, part] of shown.parts) {
    const is = isSecret(key) ? 'unknown' : agree(part, there.get(key));
    if (is === 'right') tally.right(kind);
    else if (is === 'unknown' || (kind === 'memory' && mayRead(looked, key, part))) tally.unknown(kind);
    else say(judge, looked, kind, `${key}: ${short(part)}`, `${key}: ${shortDump(there.get(key))}`);
  }
  if (!isWhole) tally.unknown(kind);
}

/** The record that a claim is about; `undefined`: not known which. A session without a name is that of the request. */
function recordOf(
  { claims, names }: Judge,
  { cursor, truth }: Looked,
): { key: string | null; record: StoredRecord | undefined } | undefined {
  const name = claims.session(cursor.exchange, cursor.index);
  if (name === undefined) return { key: truth.key, record: truth.key === null ? undefined : truth.records[truth.key] };
  const key = name === undefined ? undefined : names.keyOf(name);
  return key === undefined ? undefined : { key, record: truth.records[key] };
}

function judgeStore(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, isSealed } = judge;
  const { truth } = looked;
  const claim = claims.store(panel.items.value, looked.cursor);
  const of = recordOf(judge, looked);
  if (claim.is === 'unknown' || of === undefined) return tally.unknown('store');
  const { record } = of;
  if (claim.is === 'gone') {
    // What a cookie holds is there as long as the cookie: it is gone from the session when that has another, or none.
    if (record === undefined || (isSealed && truth.key !== of.key)) return tally.right('store');
    // Its end has passed: some stores keep what no load gives any more.
    if (typeof record.expiresAt === 'number' && record.expiresAt <= truth.epochMs) return tally.right('store');
    return say(judge, looked, 'store', 'no record', short(record.raw));
  }
  if (record === undefined) return say(judge, looked, 'store', `a record (${claim.is})`, 'no record');
  if (claim.is === 'unreadable') {
    if (record.content === null) return tally.right('store');
    return say(judge, looked, 'store', 'unreadable', shortDump(record.content));
  }
  const content = contentOf(record.content ?? undefined);
  if (content === undefined) return say(judge, looked, 'store', short(claim.value), 'it cannot be decoded');
  // As memory had it: what the store's format made of it is said not to be known.
  if (claim.form === 'memory') return tally.unknown('store');
  judgeContent(judge, looked, 'store', claim.value, content);
}

function judgeSaved(judge: Judge, looked: Looked): void {
  const { claims, panel, tally } = judge;
  const { truth } = looked;
  const claim = claims.saved(panel.items.value, looked.cursor);
  const of = recordOf(judge, looked);
  const { memory, asStored } = truth;
  if (claim === undefined || of === undefined || memory === undefined) return tally.unknown('saved');
  const stored = contentOf(of.record?.content ?? undefined) ?? new Map<string, Dump>();
  const listed = new Map<string, string>();
  for (const list of ['notSaved', 'asSomethingElse', 'overwritten', 'notCompared'] as const)
    for (const key of claim[list]) listed.set(key, list);
  const shown = partsByKey(claims.memory(looked.cursor) ?? {})?.parts ?? new Map<string, EncodedValue>();
  for (const key of new Set([...shown.keys(), ...listed.keys()])) {
    const says = listed.get(key) ?? 'saved';
    if (says === 'notCompared' || isSecret(key) || truth.unseen.has(key)) {
      tally.unknown('saved');
      continue;
    }
    const isSame = isEqual(memory.get(key), stored.get(key)) || (isUndefined(memory.get(key)) && !stored.has(key));
    const isAsStored = asStored !== undefined && isEqual(asStored.get(key), stored.get(key));
    // A value beside it that the store's format can't take: what it would make of this one was not found out.
    if (asStored === undefined && says === 'asSomethingElse' && !isSame) {
      tally.unknown('saved');
      continue;
    }
    const isSo =
      says === 'saved'
        ? isSame
        : says === 'asSomethingElse'
          ? isAsStored && !isEqual(memory.get(key), stored.get(key))
          : !isAsStored && !isSame;
    // It was saved; what the store's format made of it is not claimed.
    const isOnlySaved =
      says === 'saved' && isAsStored && claims.relation(panel.items.value, looked.cursor, [key]).is === 'unknown';
    if (isSo) tally.right('saved');
    else if (isOnlySaved) tally.unknown('saved');
    else
      say(
        judge,
        looked,
        'saved',
        `${key}: ${says}`,
        `${key}: ${shortDump(memory.get(key))} in memory, ${shortDump(stored.get(key))} in the store`,
      );
  }
  if (claim.isPartial) tally.unknown('saved');
}

const isUndefined = (value: Dump | undefined) => Array.isArray(value) && value[0] === 'undefined';

/** `/r/7`, or what does not come from a request of the program. */
const requestOf = (exchange: { started?: { path: string } }): number | undefined => {
  const number = /^\/r\/(\d+)$/.exec(exchange.started?.path ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
};

type Write = {
  exchange: Exchange;
  operation: {
    epoch: string;
    at: number;
    inferred?: boolean;
    source?: { frames: { line: number; kind: string }[] };
    operation: string;
  };
};

const lineOf = ({ operation: { source } }: Write) => source?.frames.find(({ kind }) => kind === 'app')?.line;

/** An inferred change bears the line of the read that handed the value out, or none. */
const fits = (write: Write, made: TrueWrite): boolean => {
  if (requestOf(write.exchange) !== made.request) return false;
  const line = lineOf(write);
  return line === undefined || made.isInPlace || write.operation.inferred === true || line === made.line;
};

const shortWrite = (write: Write) =>
  `request ${requestOf(write.exchange)} line ${lineOf(write)} (${write.operation.operation})`;
const shortMade = (writes: readonly TrueWrite[]) =>
  short(writes.map(({ request, line, isInPlace }) => `request ${request} line ${line}${isInPlace ? ' in place' : ''}`));

function judgeWrites(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, truth: all } = judge;
  const { truth, cursor } = looked;
  const items = panel.items.value;
  // Others at each moment, the same in each run.
  const keys = [...(truth.memory?.keys() ?? [])];
  const stride = Math.max(1, Math.floor(keys.length / KEYS_ASKED));
  for (const key of keys.filter((_key, at) => (at + truth.at) % stride === 0).slice(0, KEYS_ASKED)) {
    const blame = claims.lastWrite(items, cursor, [key]);
    const origins = truth.origins.get(key) ?? [];
    if (blame.kind !== 'write' || !blame.isCertain) tally.unknown('last written');
    else if (
      origins.some((origin) => fits(blame.write as Write, origin)) ||
      isAmbiguous(judge, looked, key, blame.write as Write)
    )
      tally.right('last written');
    else if (truth.unseen.has(key)) tally.unknown('last written');
    else
      say(
        judge,
        looked,
        'last written',
        `${key}: ${shortWrite(blame.write as Write)}`,
        `${key}: ${shortMade(origins)}`,
      );

    // A moment of which not even the session is known.
    if (claims.session(cursor.exchange, cursor.index) === undefined && truth.key !== null) {
      tally.unknown('history');
      continue;
    }
    const history = claims.history(items, cursor, [key]) as Write[];
    const tried = all.writes.filter((write) => write.key === key && write.at <= truth.at);
    const made = history.find(
      (write) => isSetOrDelete(write) && !tried.some((one) => fits(write, one)) && !isAtOnce(write, cursor),
    );
    const missing = tried.find(
      (one) =>
        !one.isInPlace &&
        one.request === truth.request &&
        one.session === truth.key &&
        !history.some((write) => fits(write, one)),
    );
    // Of a value whose write is known, that write is part of its past, whatever key the session had then.
    const [origin, ...others] = origins;
    const lost =
      origin !== undefined && others.length === 0 && !origin.isInPlace && !history.some((write) => fits(write, origin))
        ? origin
        : undefined;
    if (made !== undefined) say(judge, looked, 'history', `${key}: ${shortWrite(made)}`, shortMade(tried));
    else if (lost !== undefined && missing === undefined && isAmbiguous(judge, looked, key, ...history))
      // Two browsers with the very same cookie: the same content, sealed in the same second.
      tally.unknown('history');
    else if (missing !== undefined || lost !== undefined)
      say(
        judge,
        looked,
        'history',
        `${key}: ${short(history.map(shortWrite))}`,
        `also ${shortMade([(missing ?? lost)!])}`,
      );
    else tally.right('history');
  }
}

/** Less than this apart on two servers, no clock of theirs shows what came first; ms. */
const SAME_TIME_MS = 3;

const isAtOnce = ({ operation }: Write, { exchange, index }: Cursor): boolean => {
  const at = exchange.operations[index - 1]?.at ?? exchange.started?.at;
  return operation.epoch !== exchange.epoch && at !== undefined && Math.abs(operation.at - at) <= SAME_TIME_MS;
};

const isSetOrDelete = ({ operation: { operation } }: Write) => operation === 'set' || operation === 'delete';

/** Another write of an equal value: nobody could distinguish them. */
const isAmbiguous = ({ truth: all }: Judge, { truth }: Looked, key: string, ...writes: Write[]): boolean =>
  all.valuesWritten.some(
    (one) =>
      one.write.key === key &&
      writes.some((write) => fits(write, one.write)) &&
      isEqual(one.value, truth.memory?.get(key)),
  );

/** What differs between two moments, by top-level key. */
export function judgeDiff(judge: Judge, before: Looked, after: Looked): void {
  const { claims, tally } = judge;
  const claim = claims.diff(before.cursor, after.cursor);
  const [left, right] = [before.truth.memory ?? new Map<string, Dump>(), after.truth.memory ?? new Map<string, Dump>()];
  if (claim === undefined || claim.status === 'unknown') return tally.unknown('diff');
  const isLagging = (key: string) => before.truth.unseen.has(key) || after.truth.unseen.has(key);
  const say = (says: string, isSo: string) =>
    tally.false({
      kind: 'diff',
      step: after.step,
      request: after.truth.request,
      says: `from request ${before.truth.request}, step ${before.step}: ${says}`,
      isSo,
    });
  const differing = [...new Set([...left.keys(), ...right.keys()])].filter(
    (key) => !isEqual(left.get(key), right.get(key)),
  );
  if (claim.status === 'same') {
    const wrong = differing.find((key) => !isLagging(key));
    return wrong === undefined ? tally.right('diff') : say('nothing differs', `${short(differing)} differ`);
  }
  if (claim.status !== 'changed') return say(claim.status, `${short(differing)} differ`);
  const compared = new Map<string, string>();
  for (const { before: own, after: other, name, diff } of claim.parts)
    compared.set(name ?? String(other ?? own), diff.status);
  for (const [key, status] of compared) {
    const isDifferent = !isEqual(left.get(key), right.get(key));
    if (isSecret(key) || status === 'unknown' || isLagging(key)) tally.unknown('diff');
    else if ((status !== 'same') === isDifferent) tally.right('diff');
    else say(`${key}: ${status}`, `${key}: ${shortDump(left.get(key))} → ${shortDump(right.get(key))}`);
  }
  const silent = differing.find((key) => !compared.has(key) && !isLagging(key));
  if (
    silent !== undefined &&
    (claim.rest === undefined || claim.rest === 'same') &&
    ![...compared.keys()].some(isSecret)
  )
    say(`only ${short([...compared.keys()])} are there`, `${silent} differs`);
}
