/** What the rules found, worst first, or the sheet of requirements; a finding opens with its evidence, fix and limits. */
import { useEffect, useRef } from 'preact/hooks';
import {
  type Finding,
  numberText,
  type PanelModel,
  plural,
  requestOf,
  SEVERITIES,
  type Severity,
  severityCount,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { RequestText } from '../../parts/request-text.tsx';
import { visibleText } from '../../parts/visible-text.ts';
import { AsvsSheet } from './AsvsSheet.tsx';
import { FindingView } from './FindingView.tsx';
import { moveFocus } from './move-focus.ts';
import { SentenceView } from './SentenceView.tsx';
import { SeverityGlyph, severityTone } from './SeverityGlyph.tsx';
import { ViewSwitch } from './ViewSwitch.tsx';
import './findings.css';

interface FindingsProps {
  model: PanelModel;
  actions: PanelActions;
}

/** More are not drawn at once: the newest say as much. */
const MAX_SHOWN = 100;

export function FindingsTab({ model, actions }: FindingsProps) {
  const finding = model.finding.value;
  if (finding !== undefined) return <FindingView key={finding.key} finding={finding} model={model} actions={actions} />;
  return (
    <>
      <ViewSwitch model={model} actions={actions} />
      {model.findingsView.value === 'sheet' ? (
        <AsvsSheet model={model} actions={actions} />
      ) : (
        <FindingList model={model} />
      )}
    </>
  );
}

function FindingList({ model }: { model: PanelModel }) {
  const findings = model.findings.value;
  const silenced = model.silencedFindings.value;
  const shows = model.showsSilenced;
  const body = useRef<HTMLDivElement>(null);
  // Back from a finding, the keys continue where they were.
  const last = useRef<string>(undefined);
  useEffect(() => {
    if (last.current !== undefined) body.current?.querySelector<HTMLElement>('.finding-row')?.focus();
  }, []);
  return (
    <div class="body findings" ref={body} onKeyDown={moveFocus}>
      <CheckingNote model={model} />
      <RuleFaults model={model} />
      {findings.length === 0 && model.unchecked.value === 0 && <NothingFound model={model} />}
      {SEVERITIES.map((severity) => (
        <FindingGroup
          key={severity}
          severity={severity}
          findings={findings.filter((finding) => finding.severity === severity)}
          model={model}
        />
      ))}
      {model.hiddenFindings.value > 0 && (
        <p class="section quiet">{plural(model.hiddenFindings.value, 'finding')} of requests that the filter hides.</p>
      )}
      {silenced.length > 0 && (
        <section class="section" aria-label="Silenced findings">
          <p class="quiet">
            {plural(silenced.length, 'finding')} of{' '}
            {plural(new Set(silenced.map(({ rule }) => rule.id)).size, 'silenced rule')} in this project.{' '}
            <button type="button" class="to" aria-expanded={shows.value} onClick={() => (shows.value = !shows.value)}>
              {shows.value ? 'Hide' : 'Show'}
            </button>
          </p>
        </section>
      )}
      {shows.value && (
        <ul class="finding-rows silenced">
          {silenced.map((finding) => (
            <FindingRow key={finding.key} finding={finding} model={model} />
          ))}
        </ul>
      )}
    </div>
  );
}

function FindingGroup({
  severity,
  findings,
  model,
}: {
  severity: Severity;
  findings: readonly Finding[];
  model: PanelModel;
}) {
  if (findings.length === 0) return null;
  return (
    <section aria-label={severityCount(findings.length, severity)}>
      <h3 class="finding-group">{severityCount(findings.length, severity)}</h3>
      <ul class="finding-rows">
        {findings.slice(0, MAX_SHOWN).map((finding) => (
          <FindingRow key={finding.key} finding={finding} model={model} />
        ))}
      </ul>
      {findings.length > MAX_SHOWN && (
        <p class="section quiet">
          {plural(findings.length - MAX_SHOWN, 'older one')} are not listed. Filter the requests to see them.
        </p>
      )}
    </section>
  );
}

function FindingRow({ finding, model }: { finding: Finding; model: PanelModel }) {
  const { severity, rule, seen } = finding;
  const explanation = model.explainFinding(finding);
  const { exchange } = seen[0]!;
  const { method, path } = requestOf(exchange);
  return (
    <li>
      <button type="button" class="finding-row" onClick={() => model.chooseFinding(finding.key)}>
        <span class={`severity ${severityTone(severity)}`}>
          <SeverityGlyph severity={severity} />
          <span class="unseen">{severity}: </span>
          <b>{rule.title}</b>
        </span>
        <span class="where quiet">
          {numberText(exchange)} <RequestText method={method} path={path} />
          {seen.length > 1 && <span> ×{seen.length}</span>}
        </span>
        <span class="what">
          {explanation === undefined ? (
            'Its words failed; see below.'
          ) : (
            <SentenceView sentence={explanation.sentence} />
          )}
        </span>
      </button>
    </li>
  );
}

function NothingFound({ model }: { model: PanelModel }) {
  const { exchanges } = model.counts.value;
  return (
    <p class="section">
      {exchanges === 0
        ? 'Nothing recorded yet. The rules look at each request as it comes.'
        : `No rule found anything in ${plural(exchanges, 'request')}. What was not recorded can't be found.`}
    </p>
  );
}

/** Of a long recording, the rules take the newest requests first. */
function CheckingNote({ model }: { model: PanelModel }) {
  const waiting = model.unchecked.value;
  if (waiting === 0) return null;
  return <p class="note">{plural(waiting, 'older request')} not checked yet.</p>;
}

function RuleFaults({ model }: { model: PanelModel }) {
  const faults = model.ruleFaults.value;
  if (faults.length === 0) return null;
  return (
    <div class="note">
      {faults.map(({ rule, message, count }) => (
        <p key={rule}>
          <b>The rule {rule} failed</b> {count > 1 ? `${count} times` : ''}: {visibleText(message)}. What it would have
          found is not known; the other rules are not affected.
        </p>
      ))}
    </div>
  );
}
