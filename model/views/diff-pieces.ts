/** A changed value in one line, with what differs distinguished: a text cut around its change, an object by its parts. */
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import { differingText } from '../values/diff.ts';
import { isList, partsOf } from '../values/parts.ts';
import { sameness } from '../values/compare.ts';
import { previewValue } from '../labels/formats.ts';

export interface Piece {
  text: string;
  differs: boolean;
}

/** Characters kept on each side of a change in a long text, and of the change itself. */
const CONTEXT = 14;
const CHANGE = 60;

/** How `value` reads beside `other`; `undefined` where nothing finer can be said than that they differ. */
export function piecesOf(value: EncodedValue, other: EncodedValue): Piece[] | undefined {
  const text = textOf(value);
  const otherText = textOf(other);
  if (text !== undefined && otherText !== undefined)
    return text === otherText ? undefined : textPieces(text, otherText);
  return objectPieces(value, other);
}

/** A text; of one that was cut for the wire, what came of it. */
function textOf(value: EncodedValue): string | undefined {
  if (typeof value === 'string') return value;
  return isTagged(value) && value.$ === 'text' ? `${value.head}…${value.tail}` : undefined;
}

function textPieces(text: string, other: string): Piece[] {
  const [head, middle, tail] = differingText(text, other);
  const start = head.length > CONTEXT ? `…${head.slice(-CONTEXT)}` : head;
  const end = tail.length > CONTEXT ? `${tail.slice(0, CONTEXT)}…` : tail;
  return [
    { text: `"${start}`, differs: false },
    { text: middle.length > CHANGE ? `${middle.slice(0, CHANGE)}…` : middle, differs: true },
    { text: `${end}"`, differs: false },
  ];
}

function objectPieces(value: EncodedValue, other: EncodedValue): Piece[] | undefined {
  const parts = partsOf(value);
  const others = partsOf(other);
  if (parts === undefined || others === undefined || isList(value) || isList(other)) return undefined;
  const known = new Map(others);
  const pieces: Piece[] = [{ text: isTagged(value) && 'class' in value ? `${value.class} {` : '{', differs: false }];
  parts.forEach(([step, part], index) => {
    if (index > 0) pieces.push({ text: ', ', differs: false });
    const isHere = known.has(step);
    const name = `${step}: `;
    if (isHere) pieces.push({ text: name, differs: false });
    pieces.push({
      text: (isHere ? '' : name) + previewValue(part),
      differs: sameness(part, known.get(step)) !== 'same',
    });
  });
  pieces.push({ text: '}', differs: false });
  return pieces;
}
