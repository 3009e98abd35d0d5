import {
  type PanelModel,
  requirementReference,
  type SheetRow,
  type Status,
  STATUS_MEANINGS,
  statusLabel,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { Glyph, type GlyphName } from '../../parts/glyphs.tsx';
import { EvidenceTable } from './EvidenceTable.tsx';
import { SentenceView } from './SentenceView.tsx';
import { SeverityGlyph, severityTone } from './SeverityGlyph.tsx';

const STATUS_GLYPHS: Record<Status, readonly [name: GlyphName, tone: string]> = {
  unmet: ['no', 'remove'],
  met: ['yes', 'store'],
  'not-tested': ['waiting', 'quiet'],
  outside: ['untried', 'quiet'],
};

interface RowProps {
  row: SheetRow;
  model: PanelModel;
  actions: PanelActions;
}

/** One requirement: its status and what decides it; opened, what it asks for, the evidence, the findings about it. */
export function RequirementRow({ row, model, actions }: RowProps) {
  const { requirement, answer } = row;
  const { id, title } = requirement;
  const [glyph, tone] = STATUS_GLYPHS[answer.status];
  const isOpen = model.openRequirements.value.has(id);
  return (
    <li class={isOpen ? 'open' : ''}>
      <button
        type="button"
        class="requirement-row"
        aria-expanded={isOpen}
        data-requirement={id}
        data-status={answer.status}
        onClick={() => model.toggleRequirement(id)}
      >
        <span class={`status ${tone}`} title={STATUS_MEANINGS[answer.status]}>
          <Glyph name={glyph} tone={tone} /> {statusLabel(answer)}
        </span>
        <span class="what">
          <span class="num">{id}</span> <b>{title}</b>
          <span class="says">
            <SentenceView sentence={answer.sentence} />
          </span>
        </span>
      </button>
      {isOpen && <RequirementBody row={row} model={model} actions={actions} />}
    </li>
  );
}

function RequirementBody({ row: { requirement, answer, findings }, model, actions }: RowProps) {
  const { text, url } = requirementReference(requirement);
  return (
    <div class="requirement">
      <div class="section">
        {answer.limits !== undefined && (
          <p>
            <SentenceView sentence={answer.limits} />
          </p>
        )}
        <p class="quiet">
          <b>Asked for</b> from level {requirement.level}: {requirement.asks}{' '}
          <a class="reference" href={url} target="_blank" rel="noreferrer">
            {text}
          </a>
        </p>
      </div>
      {answer.evidence.length > 0 && (
        <EvidenceTable
          evidence={answer.evidence}
          label={`Evidence on ${requirement.id}`}
          model={model}
          actions={actions}
        />
      )}
      {findings.length > 0 && (
        <div class="section acts about">
          {findings.slice(0, MAX_FINDINGS).map((finding) => (
            <button
              key={finding.key}
              type="button"
              class="button"
              title="Open the finding: its lines of code, and the fix"
              onClick={() => model.chooseFinding(finding.key)}
            >
              <span class={`severity ${severityTone(finding.severity)}`}>
                <SeverityGlyph severity={finding.severity} />
                <span class="unseen">{finding.severity}: </span>
                {finding.rule.title}
                {model.isSilenced(finding) && ' (silenced)'}
              </span>
            </button>
          ))}
          {findings.length > MAX_FINDINGS && <span class="quiet">and {findings.length - MAX_FINDINGS} more</span>}
        </div>
      )}
    </div>
  );
}

/** Findings about one requirement that can be opened from it; the list has all. */
const MAX_FINDINGS = 5;
