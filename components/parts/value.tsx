import { type EncodedValue } from '../../protocol/index.ts';
import { visibleText } from './visible-text.ts';
import { kindOf, type Mark, markOf, previewValue } from '../../model/index.ts';

/** A dashed mark before a value that is less than certain. */
export const MarkView = ({ mark }: { mark: Mark }) => (
  <span class="mark" title={mark.title}>
    {mark.text}
  </span>
);

/** A value in one line, with its mark first, so that cutting never hides it. */
export function ValueView({ value, depth = 1 }: { value: EncodedValue; depth?: number }) {
  const mark = markOf(value);
  const text = previewValue(value, depth);
  return (
    <>
      {mark && <MarkView mark={mark} />}
      {mark && text && ' '}
      <bdi class={`value-${kindOf(value)}`}>{visibleText(text)}</bdi>
    </>
  );
}
