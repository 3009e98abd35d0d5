/** Where each row begins. What is kept is where each block of them does: no row is made to be laid out. */
import type { RowSequence, Shape } from '../../model/index.ts';
import type { RowHeights } from './use-row-heights.ts';

/** px below the top of the first row. */
export interface PlacedRow {
  index: number;
  start: number;
  size: number;
}

export class RowLayout {
  #rows: RowSequence | undefined;
  #heights: RowHeights | undefined;
  /** Of each block, and of the end. */
  #tops = new Float64Array(1);
  /** By shape, px of the rows before the operations and after them. */
  #ofShapes: number[] = [];

  /** Lays these rows out; does nothing where they are those that it has. */
  update(rows: RowSequence, heights: RowHeights): void {
    if (rows === this.#rows && heights === this.#heights) return;
    if (heights !== this.#heights) this.#ofShapes = [];
    this.#rows = rows;
    this.#heights = heights;
    // Half as much again: a live list grows by a row at a time.
    if (this.#tops.length <= rows.blocks) this.#tops = new Float64Array(Math.ceil(rows.blocks * 1.5) + 1);
    let first = 0;
    for (let block = 0; block < rows.blocks; block++) {
      const shape = rows.shapeOf(block);
      const end = rows.firstOf(block + 1);
      const operations = shape.isExpanded ? end - first - shape.lead.length - shape.tail : 0;
      this.#tops[block + 1] = this.#tops[block]! + this.#heightOf(shape) + operations * heights.operation;
      first = end;
    }
  }

  #heightOf(shape: Shape): number {
    const heights = this.#heights!;
    return (this.#ofShapes[shape.id] ??=
      shape.lead.reduce((sum, kind) => sum + heights[kind], 0) + (shape.isExpanded ? shape.tail * heights.running : 0));
  }

  /** Of all rows, px. */
  get height(): number {
    return this.#tops[this.#rows?.blocks ?? 0]!;
  }

  place(index: number): PlacedRow {
    const rows = this.#rows!;
    const block = rows.blockAt(index);
    const { lead, tail } = rows.shapeOf(block);
    const place = index - rows.firstOf(block);
    const heights = this.#heights!;
    let start = this.#tops[block]!;
    for (const kind of lead.slice(0, place)) start += heights[kind];
    if (place < lead.length) return { index, start, size: heights[lead[place]!] };
    start += (place - lead.length) * heights.operation;
    const isTail = tail > 0 && index === rows.firstOf(block + 1) - 1;
    return { index, start, size: isTail ? heights.running : heights.operation };
  }

  /** The row at this height, px; the first above all, the last below. −1: there is none. */
  indexAt(px: number): number {
    const rows = this.#rows;
    if (rows === undefined || rows.length === 0) return -1;
    if (px < 0) return 0;
    if (px >= this.height) return rows.length - 1;
    let [low, high] = [0, rows.blocks - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle]! <= px) low = middle;
      else high = middle - 1;
    }
    const heights = this.#heights!;
    let index = rows.firstOf(low);
    let start = this.#tops[low]!;
    for (const kind of rows.shapeOf(low).lead) {
      start += heights[kind];
      if (px < start) return index;
      index += 1;
    }
    return Math.min(rows.firstOf(low + 1) - 1, index + Math.floor((px - start) / heights.operation));
  }
}
