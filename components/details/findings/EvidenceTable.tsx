import { type Evidence, formatDuration, numberText, type PanelModel } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { SentenceView } from './SentenceView.tsx';

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
  const cursor = model.cursor.value;
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
          const isHere =
            cursor?.exchange === exchange &&
            (operation === undefined ? false : exchange.operations[cursor.index - 1] === operation);
          return (
            <li key={index} class={`${isDecisive ? 'decisive' : ''} ${isHere ? 'here' : ''}`}>
              <button type="button" onClick={() => model.jumpTo(one)} aria-current={isHere ? 'true' : undefined}>
                <span class={`evidence-number ${isDecisive ? 'decisive' : ''}`}>{index + 1}</span>
                <span class="number">{numberText(exchange)}</span>
                <span class="at num quiet">+{formatDuration(Math.max(0, at - startAt))}</span>
                <span class="what">
                  <SentenceView sentence={one.text} />
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
    </section>
  );
}
