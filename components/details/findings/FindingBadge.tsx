import { type ExchangeRecord, type PanelModel, severityCount } from '../../../model/index.ts';
import { SeverityGlyph, severityTone } from './SeverityGlyph.tsx';

/** On the row of a request: the worst of its findings by name; a click opens it. */
export function FindingBadge({ exchange, model }: { exchange: ExchangeRecord; model: PanelModel }) {
  const severity = model.worstFindingOf(exchange);
  if (severity === undefined) return null;
  const findings = model.findingsOf(exchange).filter((finding) => finding.severity !== 'note');
  const { title } = findings[0]!.rule;
  const others = findings.length > 1 ? ` +${findings.length - 1}` : '';
  return (
    <button
      type="button"
      class={`finding-badge severity ${severityTone(severity)}`}
      tabIndex={-1}
      title={`${findings.map(({ rule }) => rule.title).join('\n')}\nOpen`}
      aria-label={`${title}${others}: ${severityCount(findings.length, severity)}`}
      onClick={(event) => {
        event.stopPropagation();
        model.select({ exchange: exchange.id, index: exchange.operations.length });
        model.openFindingOf(exchange);
      }}
    >
      <SeverityGlyph severity={severity} />
      <span class="cut">{title}</span>
      {others && <span>{others}</span>}
    </button>
  );
}
