/**
 * Who made a value what it is: blame follows the value that is there, back through writes, saves and loads, and stops
 * where another value is found. What was not seen is not guessed.
 */
import type { KeyPath, OperationRecorded } from '../../protocol/index.ts';
import { journalOf } from '../recording/journal.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { sameness, survivesAnyFormat } from '../values/compare.ts';
import { valueAt } from '../values/parts.ts';
import { memoriesOf, replacesMemory, touches } from './memory.ts';
import { type Cursor, isBefore, isNameless, isUpTo, sessionAt } from './moment.ts';
import { recordHistory, type RecordHistory } from './record.ts';
import type { RecordFact } from './record-fact.ts';
import { writesUnder } from './session-index.ts';
import { isWhole, isWrite, type Write } from './writes.ts';

export type Blame = { lost?: LostWrite } &
  /** This write made it. `isCertain: false`: on the way to it something was not compared, so that it may be another. */
  (
    | { kind: 'write'; write: Write; isCertain: boolean }
    /** It came with what this operation gave, and nothing recorded wrote it. */
    | { kind: 'record'; from: Write }
    /** Up to this operation it became another, and nothing recorded did it. */
    | { kind: 'unseen'; from: Write }
    | { kind: 'unknown' }
  );

/** A newer write of the same key that is not what is there. `by`: the save that wrote another value over it. */
export interface LostWrite {
  write: Write;
  /** Absent: it was never saved. */
  by?: Write;
}

/** A chain longer than this is not followed to its end. */
const MAX_HOPS = 20_000;

/** What questions about one session's past need, gathered once for all of them. */
export interface Past {
  items: readonly TimelineItem[];
  session: string;
  record: RecordHistory;
}

export const pastOf = (items: readonly TimelineItem[], session: string, within: ExchangeRecord): Past => ({
  items,
  session,
  record: recordHistory(items, session, within),
});

/** Answers for what a save wrote: kept while nothing of the past changes. */
const remembered = new WeakMap<OperationRecorded, { rewrites: number; answers: Map<string, Blame> }>();

/** Who made the value at `path` of the session in memory at `cursor` what it is; of a value that is absent: who took it away. */
export function blameAt(past: Past, cursor: Cursor, path: KeyPath): Blame {
  const blame = follow(past, cursor, path);
  const lost = lostWrite(past, cursor, path, blame);
  return lost === undefined ? blame : { ...blame, lost };
}

/** As `blameAt`, of the record. */
export function blameOfRecord(past: Past, fact: RecordFact, path: KeyPath): Blame {
  const index = fact.exchange.operations.indexOf(fact.operation);
  return follow(past, { exchange: fact.exchange, index: index + 1 }, path);
}

function follow(past: Past, cursor: Cursor, path: KeyPath): Blame {
  let { exchange, index } = cursor;
  let isCertain = true;
  let { session, record } = past;
  /** Facts from here on are later than what is asked for. */
  let end = record.facts.length;
  const passed: OperationRecorded[] = [];
  const rewrites = journalOf(past.items).rewrites;
  const key = JSON.stringify([past.session, ...path]);
  const answer = (blame: Blame): Blame => {
    if (isCertain || blame.kind === 'write')
      for (const operation of passed) {
        let known = remembered.get(operation);
        if (known?.rewrites !== rewrites) remembered.set(operation, (known = { rewrites, answers: new Map() }));
        known.answers.set(key, blame);
      }
    return blame;
  };
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const own = followInExchange(exchange, index, path);
    if (own.is === 'found') {
      const { blame } = own;
      return answer(blame.kind === 'write' ? { ...blame, isCertain: blame.isCertain && isCertain } : blame);
    }
    isCertain &&= own.isCertain;
    const load = { exchange, operation: own.load };
    // It had another key then: before a rotation, or before the save that sealed it again.
    if (own.load.session !== null && own.load.session !== session) {
      ({ session } = own.load);
      record = recordHistory(past.items, session, exchange);
      end = record.facts.length;
    }
    const writer = writerOf(record, load.operation, path, end);
    if (writer === undefined) return answer({ kind: 'record', from: load });
    if (writer === 'another') return answer({ kind: 'unseen', from: load });
    isCertain &&= writer.isCertain;
    end = writer.at;
    const { operation } = writer.fact;
    const known = remembered.get(operation);
    const found = known?.rewrites === rewrites ? known.answers.get(key) : undefined;
    if (found !== undefined)
      return answer(found.kind === 'write' ? { ...found, isCertain: found.isCertain && isCertain } : found);
    if (isCertain) passed.push(operation);
    ({ exchange } = writer.fact);
    index = exchange.operations.indexOf(operation) + 1;
  }
  return { kind: 'unknown' };
}

type Step =
  | { is: 'found'; blame: Blame }
  /** The value came with a load. */
  | { is: 'loaded'; load: OperationRecorded; isCertain: boolean };

function followInExchange(exchange: ExchangeRecord, count: number, path: KeyPath): Step {
  const memories = memoriesOf(exchange);
  let isCertain = true;
  for (let index = Math.min(count, exchange.operations.length) - 1; index >= 0; index--) {
    const operation = exchange.operations[index]!;
    const of = { exchange, operation };
    if (isWrite(operation)) {
      if (touches(operation.path!, path)) return { is: 'found', blame: { kind: 'write', write: of, isCertain } };
      continue;
    }
    if (operation.operation === 'load') {
      if (!replacesMemory(operation)) continue;
      return { is: 'loaded', load: operation, isCertain };
    }
    if (operation.state === undefined && !isWhole(operation)) continue;
    const [before, after] = [valueAt(memories[index], path), valueAt(memories[index + 1], path)];
    if (before === 'unknown' || after === 'unknown') {
      if (operation.operation !== 'save') return { is: 'found', blame: { kind: 'unknown' } };
      isCertain = false;
      continue;
    }
    const is = sameness(before, after);
    if (is === 'same') continue;
    if (is === 'unknown') isCertain = false;
    else if (isWhole(operation))
      return {
        is: 'found',
        blame: after === undefined ? { kind: 'write', write: of, isCertain } : { kind: 'record', from: of },
      };
    else if (memories[index] !== undefined) return { is: 'found', blame: { kind: 'unseen', from: of } };
    else return { is: 'found', blame: { kind: 'record', from: of } };
  }
  const first = exchange.operations[0];
  return {
    is: 'found',
    blame: first === undefined ? { kind: 'unknown' } : { kind: 'record', from: { exchange, operation: first } },
  };
}

/**
 * What wrote the record that a load read; `undefined`: nothing recorded did. `another`: what was last seen of the record
 * had another value at `path`.
 */
function writerOf(
  { facts, breaks }: RecordHistory,
  load: OperationRecorded,
  path: KeyPath,
  end: number,
): { fact: RecordFact; at: number; isCertain: boolean } | 'another' | undefined {
  if (load.state === undefined) return undefined;
  const loaded = valueAt(load.state, path);
  let isCertain = true;
  let newer = load as { epoch: string; seq: number; at: number };
  for (let index = lastBefore(facts, load, end); index >= 0; index--) {
    const fact = facts[index]!;
    const { operation } = fact;
    if (breaks.some((gap) => isBefore(operation, gap) && isUpTo(gap, newer))) return undefined;
    if (fact.is !== 'there') return undefined;
    const value = valueAt(fact.value, path);
    const is = value === 'unknown' || loaded === 'unknown' ? 'unknown' : sameness(value, loaded);
    // Where it is only known how memory had it, the store's format may have made the difference.
    const isFormKnown =
      fact.form === 'stored' || value === undefined || (value !== 'unknown' && survivesAnyFormat(value));
    if (is === 'different' && isFormKnown) return 'another';
    if (is !== 'same') isCertain = false;
    if (operation.operation !== 'load') return { fact, at: index, isCertain };
    newer = operation;
  }
  return undefined;
}

/** Index of the newest fact before a place, looked for below `end`; −1: none. */
function lastBefore(facts: readonly RecordFact[], place: OperationRecorded, end: number): number {
  let index = end - 1;
  while (index >= 0 && !isBefore(facts[index]!.operation, place)) index -= 1;
  return index;
}

/** The newest write of `path` that happened before the session was loaded, was not blamed, and is not what is there. */
function lostWrite(past: Past, cursor: Cursor, path: KeyPath, blame: Blame): LostWrite | undefined {
  const load = cursor.exchange.operations
    .slice(0, cursor.index)
    .findLast((operation) => operation.operation === 'load' && replacesMemory(operation));
  if (load === undefined || load.state === undefined) return undefined;
  if (blame.kind === 'write' && blame.write.exchange === cursor.exchange) return undefined;
  const write = newestWrite(past, path, load, blame);
  if (write === undefined) return undefined;
  const after = memoriesOf(write.exchange)[write.exchange.operations.indexOf(write.operation) + 1];
  const [wrote, loaded] = [valueAt(after, path), valueAt(load.state, path)];
  if (wrote === 'unknown' || loaded === 'unknown' || sameness(wrote, loaded) !== 'different') return undefined;
  const { facts } = past.record;
  const saved = facts.findIndex(
    ({ exchange, operation, is }) =>
      exchange === write.exchange &&
      operation.operation !== 'load' &&
      is === 'there' &&
      write.operation.seq < operation.seq,
  );
  if (saved < 0) return write.exchange.finished === undefined ? undefined : { write };
  if (!isBefore(facts[saved]!.operation, load)) return undefined;
  const kept = facts[saved]!;
  const savedValue = kept.is === 'there' ? valueAt(kept.value, path) : 'unknown';
  const by = facts.slice(saved + 1).find((fact) => {
    if (!isBefore(fact.operation, load) || fact.operation.operation === 'load' || fact.is !== 'there') return false;
    const value = valueAt(fact.value, path);
    return value !== 'unknown' && savedValue !== 'unknown' && sameness(value, savedValue) === 'different';
  });
  return by && { write, by: { exchange: by.exchange, operation: by.operation } };
}

function newestWrite(past: Past, path: KeyPath, load: OperationRecorded, blame: Blame): Write | undefined {
  const blamed = blame.kind === 'write' ? blame.write.operation : undefined;
  const writes = writesUnder(past.items, past.session, String(path[0]));
  for (let index = writes.length - 1; index >= 0; index--) {
    const { operation } = writes[index]!;
    if (blamed !== undefined && isUpTo(operation, blamed)) return undefined;
    if (touches(operation.path!, path) && isBefore(operation, load)) return writes[index];
  }
  return undefined;
}

/** A session that has no key yet has the past of its request, and no record. */
const NO_RECORD: RecordHistory = { facts: [], breaks: [], ends: [], isOneEpoch: true };

/** The same for the moment that a view stands at: whose session, and its past. */
export function pastAt(items: readonly TimelineItem[], cursor: Cursor): Past | undefined {
  const session = sessionAt(cursor.exchange, cursor.index);
  if (session !== undefined) return pastOf(items, session, cursor.exchange);
  return isNameless(cursor.exchange, cursor.index) ? { items, session: '', record: NO_RECORD } : undefined;
}
