/** Rows of what the browser did without the server, put among the rows of requests by their time. */
import { type BrowserNote, keyOfNote } from '../recording/browser-notes.ts';
import { SHAPE, shapeOf } from './row-shapes.ts';
import { blockAt, type Row, type RowSequence } from './rows.ts';

/** A block of the rows below, by its number, or a note. */
type Block = number | BrowserNote;

/** `notes`: in order. A note never parts a request from its operations or from the heading above it. */
export function withNotes(rows: RowSequence, notes: readonly BrowserNote[]): RowSequence {
  if (notes.length === 0) return rows;
  const blocks: Block[] = [];
  const firsts: number[] = [];
  /** Of each block of the rows below, its number here. */
  const places: number[] = [];
  let length = 0;
  const push = (block: Block, count: number) => {
    blocks.push(block);
    firsts.push(length);
    length += count;
  };
  let next = 0;
  for (let block = 0; block < rows.blocks; block++) {
    const at = rows.timeOf(block);
    if (at !== undefined) for (; next < notes.length && notes[next]!.at < at; next++) push(notes[next]!, 1);
    places.push(blocks.length);
    push(block, rows.firstOf(block + 1) - rows.firstOf(block));
  }
  for (; next < notes.length; next++) push(notes[next]!, 1);
  firsts.push(length);

  const firstOf = (block: number) => firsts[block]!;
  const find = (index: number) => blockAt({ blocks: blocks.length, firstOf }, index);
  const get = (index: number): Row | undefined => {
    if (index < 0 || index >= length) return undefined;
    const own = find(index);
    const block = blocks[own]!;
    if (typeof block !== 'number') return { kind: 'browser', key: keyOfNote(block), note: block };
    return rows.get(rows.firstOf(block) + index - firstOf(own));
  };
  return {
    length,
    get,
    blocks: blocks.length,
    firstOf,
    blockAt: find,
    shapeOf(own) {
      const block = blocks[own]!;
      return typeof block === 'number' ? rows.shapeOf(block) : shapeOf(SHAPE.browser);
    },
    blockOf: (exchange) => places[rows.blockOf(exchange)] ?? -1,
    requestOf(own) {
      const block = blocks[own]!;
      return typeof block === 'number' ? rows.requestOf(block) : undefined;
    },
    timeOf(own) {
      const block = blocks[own]!;
      return typeof block === 'number' ? rows.timeOf(block) : block.at;
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield get(index)!;
    },
  };
}
