/** Rows that grow with the timeline: what lies before the first change is kept, and of the rest only what is asked for is made. */
import { type ExchangeRecord, isRunning, type TimelineItem } from '../recording/records.ts';
import { type Burst, findBursts } from './bursts.ts';
import { shownOperations } from './filter.ts';
import { FactsOfItems, IS_DEVTOOLS_NOISE, IS_NOISE, IS_NOTABLE } from './request-facts.ts';
import { operationRows, sameRows } from './request-rows.ts';
import { blockAt, type Row, type RowSequence, type Rows, type RowsOptions, type Shape } from './rows.ts';
import { SHAPE, shapeOf } from './row-shapes.ts';

/** A shorter pause needs no row of its own: the hairline parts it. */
const LONG_PAUSE_MS = 5_000;

/** Fewer stand by themselves. */
const RUN_FROM = 2;

/** Blocks whose rows are kept once they were made: some screenfuls. */
const MAX_MADE = 2_000;

/** What stands before an item of the timeline. */
interface Mark {
  shown: number;
  total: number;
  exchanges: number;
  noise: number;
  /** The burst in effect, and the item that it began with. */
  burst: Burst | undefined;
  burstStart: number;
}

/** Of one item of the timeline. */
interface Part extends Mark {
  /** Operations that are shown; `undefined`: the request is hidden, or it is none. */
  hits: readonly number[] | undefined;
  /** Of a request that is shown. */
  own: Burst | undefined;
  /** The run that it is folded into. */
  run: readonly ExchangeRecord[] | undefined;
  isNotable: boolean;
  shape: Shape;
  /** Rows of its operations; −1: not counted yet. */
  operations: number;
}

const NO_ROWS = shapeOf(SHAPE.none);

/** Filled in, and again with each update: of a hundred thousand operations, making them again is most of the work. */
const newPart = (): Part => ({
  shown: 0,
  total: 0,
  exchanges: 0,
  noise: 0,
  burst: undefined,
  burstStart: 0,
  hits: undefined,
  own: undefined,
  run: undefined,
  isNotable: false,
  shape: NO_ROWS,
  operations: -1,
});

const START: Mark = { shown: 0, total: 0, exchanges: 0, noise: 0, burst: undefined, burstStart: 0 };

/** All rows at once. Where they change while being looked at, a `RowList` makes only those that did. */
export const makeRows = (items: readonly TimelineItem[], options: RowsOptions): Rows =>
  new RowList().update(items, 0, options);

export class RowList {
  #items: readonly TimelineItem[] = [];
  #dropped = 0;
  readonly #parts: Part[] = [];
  /** After the last item. */
  #end: Mark = START;
  /** Of each item, how many rows stand before it; and of the end. */
  #firsts: number[] = [0];
  readonly #facts = new FactsOfItems();
  /** Rows that were asked for, by item. */
  readonly #made = new Map<number, readonly Row[]>();
  /** Those of items that have changed since, by request: what is still as it was is taken over. */
  readonly #outdated = new Map<ExchangeRecord, readonly Row[]>();
  readonly #shown = new Set<ExchangeRecord>();
  #isShown: Rows['isShown'] = (exchange) => this.#shown.has(exchange);
  #rows: Rows = this.#snapshot([]);

  /** As of the last change. */
  get made(): Rows {
    return this.#rows;
  }

  /** `from`: index of the first item that has changed since the last call; 0 too where filter or scope have. */
  update(items: readonly TimelineItem[], from: number, options: RowsOptions): Rows {
    const { filter, isInScope, now, foldsNoise = false } = options;
    const parts = this.#parts;
    // A change may stretch the burst before it, and join it with the next.
    const start = (from < parts.length ? parts[from]! : this.#end).burstStart;
    const before: Mark = start < parts.length ? { ...parts[start]! } : this.#end;
    this.#items = items;
    this.#dropped = options.dropped;
    const kept = this.#rows.exchanges;
    const known = parts.length;
    if (before.exchanges === 0) this.#shown.clear();
    for (let at = before.exchanges; before.exchanges > 0 && at < kept.length; at++) this.#shown.delete(kept[at]!);
    if (start === 0 || this.#outdated.size >= MAX_MADE) this.#outdated.clear();
    for (const at of this.#made.keys()) if (at >= start) this.#outdate(at);
    parts.length = Math.min(parts.length, items.length);

    const fresh: ExchangeRecord[] = [];
    const ends = { at: [] as number[], seq: [] as number[] };
    /** Of these, how many were there before. */
    let old = 0;
    let { shown, total, exchanges, noise } = before;
    for (let at = start; at < items.length; at++) {
      const item = items[at]!;
      const facts = item.kind === 'exchange' ? this.#facts.of(item, at) : 0;
      const isInView = item.kind === 'exchange' && isInScope(item, (facts & IS_DEVTOOLS_NOISE) !== 0);
      const hits = isInView ? shownOperations(item, filter) : undefined;
      const part = (parts[at] ??= newPart());
      part.shown = shown;
      part.total = total;
      part.exchanges = exchanges;
      part.noise = noise;
      part.hits = hits;
      part.own = undefined;
      part.run = undefined;
      part.isNotable = (facts & IS_NOTABLE) !== 0;
      part.shape = NO_ROWS;
      part.operations = -1;
      if (item.kind !== 'exchange') continue;
      if (isInView) total += item.operations.length;
      if ((facts & IS_DEVTOOLS_NOISE) !== 0) noise += 1;
      if (hits === undefined) continue;
      shown += hits.length;
      exchanges += 1;
      fresh.push(item);
      ends.at.push(this.#facts.endOf(item, at, now));
      ends.seq.push(this.#facts.lastSeqOf(at));
      if (at < known) old = fresh.length;
      this.#shown.add(item);
    }
    this.#facts.trim(items.length);
    this.#findBursts(start, before, findBursts(fresh, now, ends));
    this.#end = { ...this.#end, shown, total, exchanges, noise };
    if (foldsNoise) this.#foldNoise(start);
    this.#layOut(start, options);
    const left = kept.length - before.exchanges;
    const areKept = old === left && left <= fresh.length && isStartOf(fresh, kept, before.exchanges);
    if (!areKept) this.#isShown = (exchange) => this.#shown.has(exchange);
    const isSame = areKept && fresh.length === left;
    return (this.#rows = this.#snapshot(isSame ? kept : kept.slice(0, before.exchanges).concat(fresh)));
  }

  /** Opens and closes, where nothing else has changed since the last `update`: rows that stay as they are stay the same. */
  reopen(options: RowsOptions): Rows {
    this.#layOut(0, options);
    return (this.#rows = this.#snapshot(this.#rows.exchanges));
  }

  #findBursts(start: number, { burst: first, burstStart: firstStart }: Mark, bursts: readonly Burst[]): void {
    let [burst, burstStart, next] = [first, firstStart, 0];
    for (let at = start; at < this.#parts.length; at++) {
      const part = this.#parts[at]!;
      part.burst = burst;
      part.burstStart = burstStart;
      if (part.hits === undefined) continue;
      part.own = bursts[next++]!;
      if (part.own === burst) continue;
      burst = part.own;
      burstStart = at;
    }
    this.#end = { ...this.#end, burst, burstStart };
  }

  /** Neighbors of one burst that say nothing of the session are one run. */
  #foldNoise(start: number): void {
    let run: { part: Part; exchange: ExchangeRecord }[] = [];
    const end = () => {
      const exchanges = run.length < RUN_FROM ? undefined : run.map(({ exchange }) => exchange);
      for (const { part } of run) part.run = exchanges;
      run = [];
    };
    for (let at = start; at < this.#parts.length; at++) {
      const part = this.#parts[at]!;
      const item = this.#items[at]!;
      if (item.kind !== 'exchange') end();
      else if (part.hits !== undefined) {
        if ((this.#facts.of(item, at) & IS_NOISE) === 0) end();
        else {
          if (run[0] !== undefined && run[0].part.own !== part.own) end();
          run.push({ part, exchange: item });
        }
      }
    }
    end();
  }

  #layOut(start: number, { isExpanded, isRunOpen = () => false }: RowsOptions): void {
    const firsts = this.#firsts;
    let first = firsts[start]!;
    for (let at = start; at < this.#parts.length; at++) {
      const part = this.#parts[at]!;
      const item = this.#items[at]!;
      const shape = shapeOf(
        item.kind === 'exchange' ? shapeOfRequest(part, item, isExpanded, isRunOpen) : SHAPE[item.kind],
      );
      if (shape !== part.shape) {
        part.shape = shape;
        this.#outdate(at);
      }
      if (shape.isExpanded && part.operations < 0)
        part.operations = this.#facts.countRows(item as ExchangeRecord, at, part.hits!);
      first += shape.lead.length + (shape.isExpanded ? part.operations + shape.tail : 0);
      firsts[at + 1] = first;
    }
    firsts.length = this.#parts.length + 1;
  }

  #snapshot(exchanges: readonly ExchangeRecord[]): Rows {
    const { shown, total, noise } = this.#end;
    return { rows: this.#sequence(), shown, total, noise, exchanges, isShown: this.#isShown };
  }

  /** Of the rows as they are now: another object with each change, after which it knows only what is still there. */
  #sequence(): RowSequence {
    const top = this.#dropped > 0 ? 1 : 0;
    const firstOf = (block: number) => (block === 0 ? 0 : top + (this.#firsts[block - 1] ?? this.#firsts.at(-1)!));
    const blocks = this.#parts.length + 1;
    const length = firstOf(blocks);
    const get = (index: number): Row | undefined => {
      if (index < 0 || index >= length) return undefined;
      if (index < top) return { kind: 'dropped', key: 'dropped', count: this.#dropped };
      const block = blockAt({ blocks, firstOf }, index);
      return this.#rowsOf(block - 1)?.[index - firstOf(block)];
    };
    return {
      length,
      get,
      blocks,
      firstOf,
      blockAt: (index) => blockAt({ blocks, firstOf }, index),
      shapeOf: (block) =>
        block > 0 ? (this.#parts[block - 1]?.shape ?? NO_ROWS) : shapeOf(top > 0 ? SHAPE.dropped : SHAPE.none),
      blockOf: (exchange) => this.#blockOf(exchange),
      requestOf: (block) => this.#requestOf(block - 1),
      timeOf: (block) => this.#timeOf(block - 1),
      *[Symbol.iterator]() {
        for (let index = 0; index < length; index++) yield get(index)!;
      },
    };
  }

  #blockOf(exchange: ExchangeRecord): number {
    let at = this.#items.lastIndexOf(exchange);
    const head = this.#parts[at]?.run?.[0];
    if (head !== undefined && !this.#parts[at]!.shape.lead.includes('exchange')) at = this.#items.lastIndexOf(head);
    const part = this.#parts[at];
    return part === undefined || part.shape === NO_ROWS ? -1 : at + 1;
  }

  #requestOf(at: number): ExchangeRecord | undefined {
    const item = this.#items[at];
    return item?.kind === 'exchange' && this.#parts[at]!.shape.lead.includes('exchange') ? item : undefined;
  }

  #timeOf(at: number): number | undefined {
    const item = this.#items[at];
    const part = this.#parts[at];
    if (item === undefined || part === undefined) return undefined;
    if (item.kind !== 'exchange') return item.kind === 'epoch' ? item.at : undefined;
    const [kind] = part.shape.lead;
    if (kind === 'burst') return item.har?.startedAt ?? part.own!.startAt;
    if (kind === 'exchange') return item.har?.startedAt ?? item.at;
    return kind === 'folded' ? item.at : undefined;
  }

  #rowsOf(at: number): readonly Row[] | undefined {
    const made = this.#made.get(at);
    const item = this.#items[at];
    const part = this.#parts[at];
    if (made !== undefined || item === undefined || part === undefined) return made;
    if (this.#made.size >= MAX_MADE) this.#made.clear();
    const rows = this.#make(item, part);
    this.#made.set(at, rows);
    return rows;
  }

  #outdate(at: number): void {
    const rows = this.#made.get(at);
    const row = rows?.at(-1);
    if (row !== undefined && 'exchange' in row) this.#outdated.set(row.exchange, rows!);
    this.#made.delete(at);
  }

  #make(item: TimelineItem, { shape, burst, own, run, hits }: Part): Row[] {
    if (item.kind === 'gap') return [{ kind: 'gap', key: `gap:${item.epoch}:${item.seq}`, gap: item }];
    if (item.kind === 'epoch') return [{ kind: 'epoch', key: `epoch:${item.epoch}`, epoch: item }];
    const { isExpanded, isRunOpen } = shape;
    const rows = shape.lead.map((kind): Row => {
      if (kind === 'burst')
        return { kind, key: `burst:${item.id}`, burst: own!, first: item, pauseMs: pauseBefore(own!, burst) };
      if (kind === 'folded') return { kind, key: keyOfRun(run!), exchanges: [...run!], isExpanded: isRunOpen };
      const part = run === undefined ? {} : { run: keyOfRun(run) };
      return { kind: 'exchange', key: item.id, exchange: item, burst: own!, isExpanded, ...part };
    });
    if (!isExpanded) return rows;
    const operations = operationRows(this.#items, item, own!, hits!);
    rows.push(...sameRows(operations, this.#outdated.get(item) ?? []));
    this.#outdated.delete(item);
    if (shape.tail > 0) rows.push({ kind: 'running', key: `running:${item.id}`, exchange: item });
    return rows;
  }
}

/** Whether `list` from `from` on is how `other` begins. */
function isStartOf<Item>(other: readonly Item[], list: readonly Item[], from: number): boolean {
  for (let at = from; at < list.length; at++) if (list[at] !== other[at - from]) return false;
  return true;
}

const keyOfRun = (run: readonly ExchangeRecord[]) => `folded:${run[0]!.id}`;

const pauseBefore = (own: Burst, before: Burst | undefined): number | undefined => before && own.startAt - before.endAt;

function shapeOfRequest(
  { hits, own, burst, run, isNotable }: Part,
  exchange: ExchangeRecord,
  isExpanded: RowsOptions['isExpanded'],
  isRunOpen: NonNullable<RowsOptions['isRunOpen']>,
): number {
  if (hits === undefined) return SHAPE.none;
  let bits: number = SHAPE.none;
  if (own !== burst) {
    const pauseMs = pauseBefore(own!, burst);
    if (pauseMs === undefined || pauseMs >= LONG_PAUSE_MS || own!.atOnce > 1) bits += SHAPE.burst;
  }
  if (run?.[0] === exchange) bits += SHAPE.folded;
  if (run !== undefined) {
    if (!isRunOpen(keyOfRun(run))) return bits;
    bits += SHAPE.runOpen;
  }
  bits += SHAPE.exchange;
  if (isRunning(exchange) || exchange.isCutOff === true) bits += SHAPE.tail;
  return isExpanded(exchange, isNotable) ? bits + SHAPE.expanded : bits;
}
