/** One finding: the sentence, the lines of code, a picture, numbered evidence, the fix, its limits, why it matters. */
import { useEffect, useRef } from 'preact/hooks';
import {
  type Explanation,
  type Finding,
  findingMarkdown,
  fixCode,
  numberText,
  type PanelModel,
  plural,
  SEVERITY_LABELS,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { SourceLink } from '../../parts/source-link.tsx';
import { visibleText } from '../../parts/visible-text.ts';
import { EvidenceTable } from './EvidenceTable.tsx';
import { Lanes } from './Lanes.tsx';
import { SentenceView } from './SentenceView.tsx';
import { SeverityGlyph, severityTone } from './SeverityGlyph.tsx';

interface FindingViewProps {
  finding: Finding;
  model: PanelModel;
  actions: PanelActions;
}

export function FindingView({ finding, model, actions }: FindingViewProps) {
  const explanation = model.explanation.value;
  const lead = useRef<HTMLDivElement>(null);
  // Opened by a row that is gone: the keys continue here.
  useEffect(() => {
    if (document.activeElement === document.body) lead.current?.focus();
  }, []);
  return (
    <div class="body finding" tabIndex={-1} ref={lead}>
      <FindingHead finding={finding} model={model} />
      {explanation === undefined ? (
        <p class="section">
          The rule {finding.rule.id} failed to put this finding into words. The other rules are not affected.
        </p>
      ) : (
        <FindingBody finding={finding} explanation={explanation} model={model} actions={actions} />
      )}
    </div>
  );
}

function FindingHead({ finding, model }: { finding: Finding; model: PanelModel }) {
  const { severity, rule, seen } = finding;
  const all = model.findings.value;
  const at = all.indexOf(finding);
  const place = model.findingSeen.value;
  return (
    <div class="finding-head">
      <button type="button" class="to" onClick={() => model.chooseFinding(undefined)}>
        {model.findingsView.value === 'sheet' ? '‹ ASVS 5.0' : '‹ All findings'}
      </button>
      <span class={`severity ${severityTone(severity)}`}>
        <SeverityGlyph severity={severity} />
        <b>{rule.title}</b>
      </span>
      <span class="quiet">
        {SEVERITY_LABELS[severity].one}
        {at >= 0 && `, ${at + 1} of ${all.length}`}
      </span>
      {all.length > 1 && (
        <span class="steps-of">
          <button
            type="button"
            aria-label="Previous finding"
            title="Previous finding"
            onClick={() => model.stepFinding(-1)}
          >
            ‹
          </button>
          <button type="button" aria-label="Next finding" title="Next finding" onClick={() => model.stepFinding(1)}>
            ›
          </button>
        </span>
      )}
      {seen.length > 1 && (
        <label class="quiet seen-in">
          Seen in{' '}
          <select
            value={place}
            aria-label="Where it was seen"
            onChange={(event) => model.chooseFinding(finding.key, Number(event.currentTarget.value))}
          >
            {seen.slice(0, MAX_PLACES).map(({ exchange }, index) => (
              <option key={index} value={index}>
                {numberText(exchange)} {visibleText(exchange.started?.path ?? '')}
              </option>
            ))}
          </select>{' '}
          {seen.length > MAX_PLACES ? `and ${plural(seen.length - MAX_PLACES, 'more request')}` : ''}
        </label>
      )}
    </div>
  );
}

/** Places of one finding that can be chosen: of a setting, every request is one. */
const MAX_PLACES = 50;

function FindingBody({ finding, explanation, model, actions }: FindingViewProps & { explanation: Explanation }) {
  const { rule, severity } = finding;
  const { sentence, lines = [], because, evidence, fix, limits } = explanation;
  const isSilenced = model.isSilenced(finding);
  const named = lines.filter(({ operation }) => operation.source?.frames[0] !== undefined);
  return (
    <>
      <section class="section">
        <p class="lead">
          <SentenceView sentence={sentence} />
        </p>
        {named.length > 0 && (
          <dl class="pairs">
            {named.map((line, index) => (
              <LineOfCode key={index} {...line} actions={actions} />
            ))}
          </dl>
        )}
        <Lanes explanation={explanation} />
        {because !== undefined && (
          <p class="because">
            <SentenceView sentence={because} />
          </p>
        )}
      </section>
      <EvidenceTable evidence={evidence} model={model} actions={actions} />
      {fix !== undefined && (
        <section class="section">
          <h3>Fix</h3>
          <p>
            <SentenceView sentence={fix.text} />
          </p>
          {fix.code !== undefined && (
            <div class="fix-code">
              <pre>
                {fix.code.map((line, index) => {
                  const Tag = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'span';
                  return <Tag key={index}>{visibleText(line)}</Tag>;
                })}
              </pre>
              <button type="button" class="button" onClick={() => actions.copy(fixCode(fix.code!))}>
                Copy code
              </button>
            </div>
          )}
          {limits !== undefined && (
            <p class="quiet">
              <SentenceView sentence={limits} />
            </p>
          )}
        </section>
      )}
      {fix === undefined && limits !== undefined && (
        <p class="section quiet">
          <SentenceView sentence={limits} />
        </p>
      )}
      <section class="section">
        <h3>Why it matters</h3>
        <p>
          {rule.why}{' '}
          {rule.references.map(({ text, url }) => (
            <a key={text} class="reference" href={url} target="_blank" rel="noreferrer">
              {text}
            </a>
          ))}
        </p>
        <div class="acts">
          <button
            type="button"
            class="button"
            onClick={() => actions.copy(findingMarkdown(rule, severity, explanation))}
          >
            Copy as Markdown
          </button>
          <button
            type="button"
            class="button"
            title={
              isSilenced
                ? 'Its findings are listed again.'
                : 'Its findings are no longer listed in this project. The list says so.'
            }
            onClick={() => model.toggleSilence(finding)}
          >
            {isSilenced ? 'Show this rule again' : 'Silence this rule'}
          </button>
        </div>
      </section>
    </>
  );
}

function LineOfCode({
  label,
  operation,
  isDecisive,
  actions,
}: NonNullable<Explanation['lines']>[number] & { actions: PanelActions }) {
  return (
    <>
      <dt>{label}</dt>
      <dd class={isDecisive ? 'decisive' : ''}>
        <SourceLink operation={operation} actions={actions} isButton />
      </dd>
    </>
  );
}
