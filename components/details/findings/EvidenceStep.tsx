/** One event of a numbered list, with what it did; a click goes to it. */
import type { ComponentChildren } from 'preact';
import { type Evidence, numberText, type PanelModel } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { SentenceView } from './SentenceView.tsx';

interface StepProps {
  step: Pick<Evidence, 'exchange' | 'operation' | 'text'>;
  /** From 1. */
  number: number;
  /** Why it is set off: it decides, or all begins with it. */
  mark?: 'decisive' | 'cause' | undefined;
  /** Stands between the request and what it did. */
  when?: ComponentChildren;
  model: PanelModel;
  actions: PanelActions;
}

export function EvidenceStep({ step, number, mark, when, model, actions }: StepProps) {
  const { exchange, operation, text } = step;
  const cursor = model.cursor.value;
  const isHere =
    operation !== undefined && cursor?.exchange === exchange && exchange.operations[cursor.index - 1] === operation;
  return (
    <li class={`${mark === 'decisive' ? 'decisive' : ''} ${isHere ? 'here' : ''}`}>
      <button type="button" onClick={() => model.jumpTo(step)} aria-current={isHere ? 'true' : undefined}>
        <span class={`evidence-number ${mark ?? ''}`}>{number}</span>
        <span class="number">{numberText(exchange)}</span>
        {when}
        <span class="what">
          <SentenceView sentence={text} />
          {operation?.inferred === true && <span class="mark">inferred</span>}
        </span>
      </button>
      {operation?.source?.frames[0] !== undefined && <SourceLink operation={operation} actions={actions} isButton />}
    </li>
  );
}
