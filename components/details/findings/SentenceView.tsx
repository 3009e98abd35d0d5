import { type Sentence, partLabel } from '../../../model/index.ts';
import { visibleText } from '../../parts/visible-text.ts';

/** A sentence of a finding: what came from the program stands in code. */
export function SentenceView({ sentence }: { sentence: Sentence }) {
  return (
    <>
      {sentence.map((part, index) => {
        const { text, kind } = partLabel(part);
        const shown = visibleText(text);
        return kind === 'text' ? <span key={index}>{shown}</span> : <code key={index}>{shown}</code>;
      })}
    </>
  );
}
