import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionscopeEvent } from '../protocol/index.ts';
import { parseFilter } from './filter.ts';
import { createRecording } from './recording.cases.ts';
import { makeRows, RowList, type Row } from './rows.ts';
import { Timeline } from './timeline.ts';

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
        ? `${row.key} ${row.index} ${row.operations.length} ${JSON.stringify(row.burst)}`
        : row.key;

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
        const list = new RowList();
        const filter = parseFilter(text, 'all');
        let dropped = 0;
        for (let at = 0; at < order.length; at++) {
          timeline.receive(order[at]!);
          if (cuts.includes(at)) continue;
          const options = {
            filter,
            isExpanded: ({ id }: { id: string }) => !id.endsWith('3'),
            isInScope: () => true,
            now: 1_800_000_000_000,
            dropped: timeline.dropped,
          };
          const changedFrom = timeline.takeChangedFrom();
          const made = list.update(timeline.items, timeline.dropped === dropped ? changedFrom : 0, options);
          ({ dropped } = timeline);
          const whole = makeRows(timeline.items, options);
          expect({ ...made, rows: made.rows.map(inShort) }).toEqual({ ...whole, rows: whole.rows.map(inShort) });
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
  for (const event of recording.events) timeline.receive(event);
  const list = new RowList();
  const options = {
    filter: parseFilter('', 'all'),
    isExpanded: () => true,
    isInScope: () => true,
    now: 0,
    dropped: 0,
  };
  const before = list.update(timeline.items, timeline.takeChangedFrom(), options).rows;
  const last = recording.start('/last');
  last.finish();
  for (const event of recording.events) timeline.receive(event);
  const after = list.update(timeline.items, timeline.takeChangedFrom(), options).rows;
  // The last burst may have been stretched: its rows are new, those of the four before it are not.
  const kept = before.findIndex((row) => row.kind === 'burst' && row.first.started?.path === '/4');
  expect(kept).toBeGreaterThan(8);
  for (let at = 0; at < kept; at++) expect(after[at]).toBe(before[at]);
  expect(after.length).toBeGreaterThan(before.length);
});
