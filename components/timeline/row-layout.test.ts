import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RowSequence } from '../../model/index.ts';
import { blockAt } from '../../model/index.ts';
import { SHAPE, shapeOf } from '../../model/views/row-shapes.ts';
import { RowLayout } from './row-layout.ts';
import type { RowHeights } from './use-row-heights.ts';

const heights = (scale: number) =>
  ({
    burst: 23 * scale,
    exchange: 22 * scale,
    operation: 20 * scale,
    running: 19 * scale,
    epoch: 26 * scale,
  }) as RowHeights;

/** A block: how its first rows stand, and how many operations follow. */
const block = fc.record({
  bits: fc.constantFrom(
    SHAPE.none,
    SHAPE.epoch,
    SHAPE.exchange,
    SHAPE.burst + SHAPE.exchange,
    SHAPE.exchange + SHAPE.expanded,
    SHAPE.burst + SHAPE.exchange + SHAPE.expanded + SHAPE.tail,
  ),
  operations: fc.nat(4),
});
type Block = { bits: number; operations: number };

const kindsOf = ({ bits, operations }: Block): (keyof RowHeights)[] => {
  const { lead, isExpanded, tail } = shapeOf(bits);
  if (!isExpanded) return [...lead];
  return [...lead, ...Array<'operation'>(operations).fill('operation'), ...Array<'running'>(tail).fill('running')];
};

function sequenceOf(blocks: readonly Block[]): RowSequence {
  const firsts = [0];
  for (const one of blocks) firsts.push(firsts.at(-1)! + kindsOf(one).length);
  const firstOf = (at: number) => firsts[at]!;
  return {
    length: firsts.at(-1)!,
    blocks: blocks.length,
    firstOf,
    shapeOf: (at: number) => shapeOf(blocks[at]!.bits),
    blockAt: (index: number) => blockAt({ blocks: blocks.length, firstOf }, index),
  } as RowSequence;
}

/** As rows change: some at the start stay. */
const step = fc.record({
  keeps: fc.nat(12),
  adds: fc.array(block, { maxLength: 12 }),
  scale: fc.constantFrom(1, 2),
});

test('however rows and heights change, each begins where those before it end, and is found there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.nat(2_000), (steps, px) => {
      const layout = new RowLayout();
      let blocks: Block[] = [];
      const sizes = [heights(1), heights(2)];
      for (const { keeps, adds, scale } of steps) {
        blocks = [...blocks.slice(0, keeps), ...adds];
        layout.update(sequenceOf(blocks), sizes[scale - 1]!);
        let top = 0;
        const starts: number[] = [];
        blocks.flatMap(kindsOf).forEach((kind, index) => {
          const size = sizes[scale - 1]![kind];
          expect(layout.place(index)).toEqual({ index, start: top, size });
          expect(layout.indexAt(top)).toBe(index);
          expect(layout.indexAt(top + size - 1)).toBe(index);
          starts.push(top);
          top += size;
        });
        expect(layout.height).toBe(top);
        expect(layout.indexAt(px)).toBe(px >= top ? starts.length - 1 : starts.findLastIndex((start) => start <= px));
        expect(layout.indexAt(-5)).toBe(starts.length === 0 ? -1 : 0);
      }
    }),
  );
});
