import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionscopeEvent } from '../../protocol/index.ts';
import { placeOn } from './bursts.ts';
import { parseFilter } from './filter.ts';
import { createRecording } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { makeRows, RowList } from './row-list.ts';
import type { Row, Rows } from './rows.ts';
import { Timeline } from '../recording/timeline.ts';

/** Exchanges that overlap, pause, run on, fail; a gap, a restart and the background between them. */
function events(
  shapes: readonly { pauseMs: number; operations: number; ends: boolean; kind: number }[],
): SessionscopeEvent[] {
  const all: SessionscopeEvent[] = [];
  let recording = createRecording('epoch00001');
  let open: ReturnType<typeof recording.start> | undefined;
  for (const { pauseMs, operations, ends, kind } of shapes) {
    recording.wait(pauseMs);
    if (kind === 0) recording.gap();
    if (kind === 1) recording.background('set', { path: ['a'], after: 1 });
    if (kind === 2) {
      all.push(...recording.events);
      recording = createRecording(`epoch0000${all.length % 9}${all.length}`, 1_700_000_000_000 + all.length * 3_000);
      recording.epochStarted();
      open = undefined;
    }
    const exchange = recording.start(`/${all.length}`);
    for (let count = 0; count < operations; count++) exchange.set(`key${count % 3}`, count);
    // One that was left open ends while another runs.
    open?.finish();
    open = undefined;
    if (ends) exchange.finish();
    else open = exchange;
  }
  return [...all, ...recording.events];
}

const shape = fc.record({
  pauseMs: fc.constantFrom(0, 5, 300, 1_500, 60_000),
  operations: fc.nat(5),
  ends: fc.boolean(),
  kind: fc.nat(9),
});

const inShort = (row: Row) =>
  row.kind === 'burst'
    ? `${row.key} ${row.pauseMs} ${JSON.stringify(row.burst)}`
    : row.kind === 'exchange'
      ? `${row.key} ${row.exchange.number} ${row.isExpanded} ${JSON.stringify(row.burst)}`
      : row.kind === 'operation'
        ? `${row.key} ${row.index} ${row.operations.length} ${placeOn(row.burst, row.burst.startAt + 1, 0)}`
        : row.key;

/** All of it; how the rows stand must be known without them. */
function linesOf({ rows, shown, total, exchanges, noise }: Rows) {
  const all = [...rows];
  const kinds: string[] = [];
  for (let block = 0; block < rows.blocks; block++) {
    const { lead, isExpanded, tail } = rows.shapeOf(block);
    const count = rows.firstOf(block + 1) - rows.firstOf(block) - lead.length - (isExpanded ? tail : 0);
    kinds.push(...lead, ...Array<string>(count).fill('operation'), ...(isExpanded && tail > 0 ? ['running'] : []));
  }
  expect(all.map(({ kind }) => kind)).toEqual(kinds);
  expect(all).toHaveLength(rows.length);
  return { rows: all.map(inShort), shown, total, exchanges: exchanges.map(({ id }) => id), noise };
}

test('rows made bit by bit are those that would be made at once, whatever comes in what order', () => {
  fc.assert(
    fc.property(
      fc.array(shape, { minLength: 1, maxLength: 14 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      fc.constantFrom('', 'key:key1', '-key:key0', 'path:/1'),
      (shapes, cuts, text) => {
        const all = events(shapes);
        const late = new Set(cuts.map((cut) => cut % all.length));
        // Some events come late, as they do when a page of the log is read again.
        const order = [...all.filter((_event, at) => !late.has(at)), ...all.filter((_event, at) => late.has(at))];
        const timeline = new Timeline(30 + (cuts.length % 60));
        const takeChangedFrom = timeline.watchChanges();
        const list = new RowList();
        const filter = parseFilter(text, 'all');
        let dropped = 0;
        /** Opened or closed against their rule. */
        const closed = new Set<string>();
        for (let at = 0; at < order.length; at++) {
          timeline.receive(order[at]!);
          if (cuts.includes(at)) continue;
          const options = {
            filter,
            isExpanded: ({ id }: { id: string }) => closed.has(id) === id.endsWith('3'),
            isInScope: () => true,
            now: 1_800_000_000_000,
            dropped: timeline.dropped,
          };
          const changedFrom = takeChangedFrom();
          const made = list.update(timeline.items, timeline.dropped === dropped ? changedFrom : 0, options);
          ({ dropped } = timeline);
          const whole = makeRows(timeline.items, options);
          const lines = linesOf(made);
          expect(lines).toEqual(linesOf(whole));

          if (at % 3 > 0) continue;
          const item = timeline.items[(at * 7) % timeline.items.length];
          if (item?.kind !== 'exchange') continue;
          if (!closed.delete(item.id)) closed.add(item.id);
          const again = makeRows(timeline.items, options);
          expect(linesOf(list.reopen(options))).toEqual(linesOf(again));
          expect(list.made.exchanges).toBe(made.exchanges);
          // What is known of rows before they are made is what they are.
          const exchanges = timeline.items.filter((one) => one.kind === 'exchange');
          const ids = (accepts: (exchange: ExchangeRecord) => boolean) => exchanges.filter(accepts).map(({ id }) => id);
          expect(ids(made.isShown)).toEqual(lines.exchanges);
          expect(ids((one) => again.rows.blockOf(one) >= 0)).toEqual(lines.exchanges);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('what lies before a change stays the very same rows: a view may keep them as they stand', () => {
  const recording = createRecording();
  for (let turn = 0; turn < 5; turn++) {
    const exchange = recording.start(`/${turn}`);
    exchange.set('a', turn);
    exchange.finish();
    recording.wait(5_000);
  }
  const timeline = new Timeline();
  const takeChangedFrom = timeline.watchChanges();
  for (const event of recording.events) timeline.receive(event);
  const list = new RowList();
  const options = {
    filter: parseFilter('', 'all'),
    isExpanded: () => true,
    isInScope: () => true,
    now: 0,
    dropped: 0,
  };
  const before = [...list.update(timeline.items, takeChangedFrom(), options).rows];
  const last = recording.start('/last');
  last.finish();
  for (const event of recording.events) timeline.receive(event);
  const after = [...list.update(timeline.items, takeChangedFrom(), options).rows];
  // The last burst may have been stretched: its rows are new, those of the four before it are not.
  const kept = before.findIndex((row) => row.kind === 'burst' && row.first.started?.path === '/4');
  expect(kept).toBeGreaterThan(8);
  for (let at = 0; at < kept; at++) expect(after[at]).toBe(before[at]);
  expect(after.length).toBeGreaterThan(before.length);
});

test('an event of a running request makes its own row another, and leaves the others the very same', () => {
  const recording = createRecording();
  const timeline = new Timeline();
  const list = new RowList();
  const request = recording.start('/');
  const rowsAfter = (key: string) => {
    const { at } = request.set(key, 1);
    for (const event of recording.events.splice(0)) timeline.receive(event);
    const options = {
      filter: parseFilter('', 'all'),
      isExpanded: () => true,
      isInScope: () => true,
      now: at,
      dropped: 0,
    };
    return [...list.update(timeline.items, 0, options).rows].filter((row) => row.kind === 'operation');
  };
  recording.wait(2_000);
  const [first] = rowsAfter('a');
  const both = rowsAfter('b');
  expect(both).toHaveLength(2);
  expect(both[0]).toBe(first);
  // The scale has grown by a step: what stands on it stands elsewhere.
  recording.wait(5_000);
  const all = rowsAfter('c');
  expect(all[0]).not.toBe(first);
  expect(all[0]).toEqual({ ...first, burst: all[2]!.burst });
});
