/** Why a key has the value that it has, or is not there: back through writes, saves and loads. */
import type { EncodedValue, KeyPath, OperationRecorded } from '../../protocol/index.ts';
import { memoriesOf, replacesMemory, touches } from '../history/memory.ts';
import { type Cursor, isBefore, sessionAt } from '../history/moment.ts';
import type { RecordFact } from '../history/record-fact.ts';
import { isWhole, isWrite } from '../history/writes.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { sameness, survivesAnyFormat } from '../values/compare.ts';
import { valueAt } from '../values/parts.ts';
import { isBroken, lastFactBefore, recordOf, writeOf } from './facts.ts';
import { say, type Sentence } from './sentence.ts';
import type { Why, WhyLink } from './why.ts';
import { whySession } from './why-session.ts';

/** A chain longer than this is not followed: nobody reads it to its end. */
const MAX_LINKS = 40;

type Value = EncodedValue | undefined | 'unknown';

/** Why the session in memory has what it has at `path`; `undefined`: there is no session at that moment. */
export function whyValue(items: readonly TimelineItem[], cursor: Cursor, path: KeyPath): Why | undefined {
  const memory = memoriesOf(cursor.exchange)[Math.min(cursor.index, cursor.exchange.operations.length)];
  if (memory === undefined) return undefined;
  const value = valueAt(memory, path);
  const question =
    value === undefined
      ? say`Why is ${{ path }} missing?`
      : value === 'unknown'
        ? say`Why this ${{ path }}?`
        : say`Why is ${{ path }} ${{ value }}?`;
  if (value === 'unknown')
    return { question, links: [], open: say`That value was not sent: load it, and the question can be answered.` };
  return { question, ...new Walk(items, path).from(cursor) };
}

class Walk {
  readonly #items: readonly TimelineItem[];
  readonly #path: KeyPath;
  readonly #links: WhyLink[] = [];

  constructor(items: readonly TimelineItem[], path: KeyPath) {
    this.#items = items;
    this.#path = path;
  }

  from({ exchange, index }: Cursor): Pick<Why, 'links' | 'open'> {
    let [at, place] = [exchange, Math.min(index, exchange.operations.length)];
    /** The save whose content is asked for, while that is followed. */
    let save: OperationRecorded | undefined;
    while (this.#links.length < MAX_LINKS) {
      const own = this.#inExchange(at, place);
      if (own.is === 'end') return this.#end(own.open);
      const { load } = own;
      if (save !== undefined) this.#between(at, load, save);
      const wrote = this.#writerOf(at, load);
      if (wrote.is === 'end') return this.#end(wrote.open);
      const { fact } = wrote;
      this.#push(fact.exchange, fact.operation, say`It had saved ${this.#shown(valueAt(fact.value, this.#path))}.`);
      save = fact.operation;
      at = fact.exchange;
      place = at.operations.indexOf(fact.operation);
    }
    return this.#end(say`The chain goes on; it is not followed further.`);
  }

  #end(open: Sentence | undefined): Pick<Why, 'links' | 'open'> {
    return { links: this.#links, ...(open === undefined ? {} : { open }) };
  }

  #push(exchange: ExchangeRecord, operation: OperationRecorded, text: Sentence): void {
    this.#links.push({ exchange, operation, text });
  }

  #shown(value: Value): Sentence {
    const key = { path: this.#path };
    if (value === 'unknown') return say`${key}`;
    return value === undefined ? say`the session without ${key}` : say`${key} as ${{ value }}`;
  }

  /** What in a request made the value; or the load that it came with. */
  #inExchange(
    exchange: ExchangeRecord,
    place: number,
  ): { is: 'end'; open?: Sentence } | { is: 'loaded'; load: OperationRecorded } {
    const memories = memoriesOf(exchange);
    const { operations } = exchange;
    for (let index = place - 1; index >= 0; index--) {
      const operation = operations[index]!;
      if (isWrite(operation)) {
        if (!touches(operation.path!, this.#path)) continue;
        this.#push(exchange, operation, this.#writeSentence(operation, valueAt(memories[index + 1], this.#path)));
        return { is: 'end' };
      }
      if (operation.operation === 'load') {
        if (!replacesMemory(operation)) continue;
        if (operation.outcome === 'found') {
          this.#push(
            exchange,
            operation,
            say`It loaded ${this.#shown(valueAt(operation.state, this.#path))} with the record.`,
          );
          return { is: 'loaded', load: operation };
        }
        return this.#withoutRecord(exchange, operation);
      }
      if (operation.state === undefined && !isWhole(operation)) continue;
      const [before, after] = [valueAt(memories[index], this.#path), valueAt(memories[index + 1], this.#path)];
      if (before === 'unknown' || after === 'unknown') {
        if (operation.operation === 'save') continue;
        return { is: 'end', open: say`What the session held before that is not known.` };
      }
      if (memories[index] !== undefined && sameness(before, after) !== 'different') {
        if (operation.operation === 'cycle-key')
          this.#push(exchange, operation, say`It replaced the key and kept what the session held.`);
        continue;
      }
      return this.#wholeSentence(exchange, operation, memories[index] !== undefined && before !== undefined);
    }
    return { is: 'end', open: say`How that request came by its session was not recorded.` };
  }

  #writeSentence(operation: OperationRecorded, after: Value): Sentence {
    const key = { path: operation.path! };
    if (operation.operation === 'delete' || after === undefined)
      return operation.path!.length <= this.#path.length ? say`It deleted ${key}.` : say`It took ${key} away.`;
    const how = operation.inferred === true ? 'changed' : 'set';
    return after === 'unknown' ? say`It ${how} ${key}.` : say`It ${how} ${key}: ${{ value: after }}.`;
  }

  #wholeSentence(
    exchange: ExchangeRecord,
    operation: OperationRecorded,
    wasThere: boolean,
  ): { is: 'end'; open?: Sentence } {
    const words: Partial<Record<OperationRecorded['operation'], Sentence>> = {
      clear: say`It cleared the session.`,
      flush: say`It ended the session, with all that was in it.`,
      'cycle-key': say`It began a new session under a new key, without what the old one held.`,
      create: say`It began a new, empty session.`,
    };
    const text = words[operation.operation];
    if (text !== undefined) {
      this.#push(exchange, operation, text);
      // A new session where there was none: why is asked of the request.
      if (operation.operation === 'create' && !wasThere) return this.#whyOfRequest(exchange);
      return { is: 'end' };
    }
    this.#push(exchange, operation, say`Here the session had it.`);
    return { is: 'end', open: say`What put it there was not recorded.` };
  }

  /** The session began empty, for no record was found. */
  #withoutRecord(exchange: ExchangeRecord, load: OperationRecorded): { is: 'end'; open?: Sentence } {
    const rest = this.#whyOfRequest(exchange);
    if (this.#links.length === 0) this.#push(exchange, load, say`It found no record, and began empty.`);
    return rest;
  }

  #whyOfRequest(exchange: ExchangeRecord): { is: 'end'; open?: Sentence } {
    const why = whySession(this.#items, exchange);
    const known = new Set(this.#links.map(({ operation }) => operation).filter(Boolean));
    for (const link of why?.links ?? [])
      if (link.operation === undefined || !known.has(link.operation)) this.#links.push(link);
    return { is: 'end', ...(why?.open === undefined ? {} : { open: why.open }) };
  }

  /** What wrote the record that a load read. */
  #writerOf(
    exchange: ExchangeRecord,
    load: OperationRecorded,
  ): { is: 'end'; open: Sentence } | { is: 'saved'; fact: RecordFact & { is: 'there' } } {
    const session = load.session ?? sessionAt(exchange, exchange.operations.length);
    const before: Sentence = say`Nothing recorded wrote it: it was there before this recording, or another process did.`;
    if (session === undefined) return { is: 'end', open: before };
    const history = recordOf({ items: this.#items, index: -1, exchange }, session);
    const { facts } = history;
    const loaded = valueAt(load.state, this.#path);
    let newer = load;
    for (let index = lastFactBefore(history, load); index >= 0; index--) {
      const fact = facts[index]!;
      if (isBroken(this.#items, fact.operation, newer))
        return {
          is: 'end',
          open: say`Events were lost, or the server was restarted, before that: what wrote it is not known.`,
        };
      if (fact.is !== 'there') return { is: 'end', open: before };
      const value = valueAt(fact.value, this.#path);
      const is = value === 'unknown' || loaded === 'unknown' ? 'unknown' : sameness(value, loaded);
      const isFormKnown =
        fact.form === 'stored' || value === undefined || (value !== 'unknown' && survivesAnyFormat(value));
      if (is === 'different' && isFormKnown) {
        this.#push(
          fact.exchange,
          fact.operation,
          say`It had ${fact.operation.operation === 'load' ? 'found' : 'saved'} ${this.#shown(value)}.`,
        );
        return {
          is: 'end',
          open: say`What changed the record after that was not recorded: another process, or somebody by hand.`,
        };
      }
      if (fact.operation.operation !== 'load') return { is: 'saved', fact };
      newer = fact.operation;
    }
    return { is: 'end', open: before };
  }

  /** What others had saved between a load and the save that wrote the loaded copy back: it was lost. */
  #between(exchange: ExchangeRecord, load: OperationRecorded, save: OperationRecorded): void {
    if (save.session === null) return;
    const history = recordOf({ items: this.#items, index: -1, exchange }, save.session);
    const { facts } = history;
    const loaded = valueAt(load.state, this.#path);
    for (let index = lastFactBefore(history, save); index >= 0; index--) {
      const fact = facts[index]!;
      if (isBefore(fact.operation, load)) return;
      if (fact.exchange === exchange || fact.is !== 'there' || !fact.isWritten) continue;
      const theirs = valueAt(fact.value, this.#path);
      if (theirs === 'unknown' || loaded === 'unknown' || sameness(theirs, loaded) !== 'different') return;
      const lost = this.#links.findIndex(({ operation }) => operation === load);
      const write = writeOf(fact.exchange, String(this.#path[0]), fact.operation);
      const links: WhyLink[] = [
        {
          exchange: fact.exchange,
          operation: fact.operation,
          text: say`It had saved ${this.#shown(theirs)} meanwhile, which was overwritten.`,
        },
        ...(write === undefined
          ? []
          : [
              {
                exchange: fact.exchange,
                operation: write,
                text: say`It had ${write.inferred === true ? 'changed' : 'written'} ${{ path: write.path! }}.`,
              },
            ]),
      ];
      this.#links.splice(lost < 0 ? this.#links.length : lost, 0, ...links);
      return;
    }
  }
}
