/** The chain behind a value or a session: each link an event, a click goes there; where a link was not seen, it says so. */
import { numberText, type PanelModel, type Why } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { SentenceView } from './SentenceView.tsx';
import './findings.css';

interface WhyProps {
  why: Why | undefined;
  model: PanelModel;
  actions: PanelActions;
}

export function WhyChain({ why, model, actions }: WhyProps) {
  if (why === undefined) return null;
  const cursor = model.cursor.value;
  return (
    <section class="section why" aria-label="Why">
      <h3>
        <SentenceView sentence={why.question} />
      </h3>
      <ol class="evidence">
        {why.links.map((link, index) => {
          const { exchange, operation, text } = link;
          const isHere =
            operation !== undefined &&
            cursor?.exchange === exchange &&
            exchange.operations[cursor.index - 1] === operation;
          const isCause = why.open === undefined && index === why.links.length - 1;
          return (
            <li key={index} class={isHere ? 'here' : ''}>
              <button type="button" onClick={() => model.jumpTo(link)} aria-current={isHere ? 'true' : undefined}>
                <span class={`evidence-number ${isCause ? 'cause' : ''}`}>{index + 1}</span>
                <span class="number">{numberText(exchange)}</span>
                <span class="what">
                  <SentenceView sentence={text} />
                  {operation?.inferred === true && <span class="mark">inferred</span>}
                </span>
              </button>
              {operation?.source?.frames[0] !== undefined && (
                <SourceLink operation={operation} actions={actions} isButton />
              )}
            </li>
          );
        })}
      </ol>
      {why.open !== undefined && (
        <p class="open quiet">
          <SentenceView sentence={why.open} />
        </p>
      )}
    </section>
  );
}
