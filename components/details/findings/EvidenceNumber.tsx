import type { ExchangeRecord, PanelModel } from '../../../model/index.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';

/** On a row: the number that its event has in the evidence of the open finding, while that is looked at. */
export function EvidenceNumber({ event, model }: { event: OperationRecorded | ExchangeRecord; model: PanelModel }) {
  if (model.tab.value !== 'findings') return null;
  const found = model.evidenceNumbers.value.get(event);
  if (found === undefined) return null;
  return (
    <span class={`evidence-number ${found.isDecisive ? 'decisive' : ''}`} title="Evidence of the open finding">
      {found.number}
    </span>
  );
}
