import { type Evidence, formatDuration, numberText, type PanelModel } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { EvidenceStep } from './EvidenceStep.tsx';

interface EvidenceTableProps {
  evidence: readonly Evidence[];
  /** Names it where several are shown. */
  label?: string;
  model: PanelModel;
  actions: PanelActions;
}

/** The events that it rests on, in order; a click goes to the event. The same numbers stand on the timeline. */
export function EvidenceTable({ evidence, label = 'Evidence', model, actions }: EvidenceTableProps) {
  const first = evidence[0]?.exchange;
  const startAt = Math.min(...evidence.map(({ exchange }) => exchange.at));
  const owner = evidence.find(({ exchange }) => exchange.at === startAt)?.exchange ?? first;
  return (
    <section aria-label={label}>
      <h3 class="evidence-title quiet">
        Evidence{owner !== undefined && evidence.length > 1 ? `, in times from the start of ${numberText(owner)}` : ''}
      </h3>
      <ol class="evidence">
        {evidence.map((one, index) => {
          const { exchange, operation, isDecisive = false } = one;
          const at =
            operation === undefined ? exchange.at : exchange.at + (operation.offsetMs ?? operation.at - exchange.at);
          return (
            <EvidenceStep
              key={index}
              step={one}
              number={index + 1}
              mark={isDecisive ? 'decisive' : undefined}
              when={<span class="at num quiet">+{formatDuration(Math.max(0, at - startAt))}</span>}
              model={model}
              actions={actions}
            />
          );
        })}
      </ol>
    </section>
  );
}
