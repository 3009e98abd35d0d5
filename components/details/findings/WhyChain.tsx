/** The chain behind a value or a session: each link an event, a click goes there; where a link was not seen, it says so. */
import type { PanelModel, Why } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { EvidenceStep } from './EvidenceStep.tsx';
import { SentenceView } from './SentenceView.tsx';
import './findings.css';

interface WhyProps {
  why: Why | undefined;
  model: PanelModel;
  actions: PanelActions;
}

export function WhyChain({ why, model, actions }: WhyProps) {
  if (why === undefined) return null;
  return (
    <section class="section why" aria-label="Why">
      <h3>
        <SentenceView sentence={why.question} />
      </h3>
      <ol class="evidence">
        {why.links.map((link, index) => (
          <EvidenceStep
            key={index}
            step={link}
            number={index + 1}
            mark={why.open === undefined && index === why.links.length - 1 ? 'cause' : undefined}
            model={model}
            actions={actions}
          />
        ))}
      </ol>
      {why.open !== undefined && (
        <p class="open quiet">
          <SentenceView sentence={why.open} />
        </p>
      )}
    </section>
  );
}
