/** How the rows of blocks may stand: some dozen shapes, each of them one object. */
import type { Row, Shape } from './rows.ts';

/** Kinds of the first rows, in the order in which they stand. */
const LEADS = ['dropped', 'browser', 'gap', 'epoch', 'burst', 'folded', 'exchange'] as const;

/** Bits of a shape, which are added up. */
export const SHAPE = {
  none: 0,
  dropped: 1,
  browser: 2,
  gap: 4,
  epoch: 8,
  burst: 16,
  folded: 32,
  exchange: 64,
  expanded: 128,
  runOpen: 256,
  tail: 512,
} as const;

const shapes: Shape[] = [];

/** The same object for the same bits: asked for of each request of a recording. */
export function shapeOf(bits: number): Shape {
  const isThere = (bit: number) => (bits & bit) !== 0;
  return (shapes[bits] ??= {
    id: bits,
    lead: LEADS.filter((kind): kind is Row['kind'] & (typeof LEADS)[number] => isThere(SHAPE[kind])),
    isExpanded: isThere(SHAPE.expanded),
    isRunOpen: isThere(SHAPE.runOpen),
    tail: isThere(SHAPE.tail) ? 1 : 0,
  });
}
