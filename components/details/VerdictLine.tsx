/**
 * What became of record and cookie, why, and what to do, and the worst that the rules found: above every tab, so that
 * nobody has to look for it.
 */
import {
  cookieLabel,
  type ExchangeRecord,
  hasProblem,
  isRunning,
  type PanelModel,
  recordLabel,
  type Label,
} from '../../model/index.ts';
import { Glyph, type GlyphName } from '../parts/glyphs.tsx';
import { visibleText } from '../parts/visible-text.ts';
import { SentenceView } from './findings/SentenceView.tsx';
import { SeverityGlyph, severityTone } from './findings/SeverityGlyph.tsx';

/** Where a red banner leads. */
export const VERDICT_ID = 'verdict';

export function VerdictLine({ model }: { model: PanelModel }) {
  const exchange = model.cursor.value?.exchange;
  if (exchange === undefined || (exchange.finished === undefined && isRunning(exchange))) return null;
  const { finished } = exchange;
  const rows = [
    { title: 'Record', label: recordLabel(exchange), decision: finished?.verdict.record, tab: 'exchange' as const },
    { title: 'Cookie', label: cookieLabel(exchange), decision: finished?.verdict.cookie, tab: 'cookie' as const },
  ].filter(({ label }) => label.text !== '–' || label.title !== '');
  if (finished === undefined || rows.length === 0) return null;
  return (
    <section class={`verdict ${hasProblem(exchange) ? 'bad' : ''}`} id={VERDICT_ID} tabIndex={-1} aria-label="Outcome">
      {rows.map(({ title, label, decision, tab }) => (
        <p key={title} class={label.weight}>
          <VerdictGlyph label={label} />
          <button
            type="button"
            class="to"
            title={tab === 'cookie' ? 'Cookie path and expiry' : 'All of this request'}
            onClick={() => {
              model.tab.value = tab;
            }}
          >
            {title}
          </button>{' '}
          <b>{label.text === '–' ? 'not needed' : label.text}</b>{' '}
          <span class="why">{visibleText(decision?.text ?? label.title)}</span>
          {decision?.setting && <code class="quiet"> {visibleText(decision.setting)}</code>}
          {decision?.fix && (
            <span class="fix">
              <b>Fix</b> {visibleText(decision.fix)}
            </span>
          )}
        </p>
      ))}
      <FoundLine
        exchange={exchange}
        model={model}
        saysFix={!rows.some(({ decision }) => decision?.fix !== undefined)}
      />
    </section>
  );
}

interface FoundLineProps {
  exchange: ExchangeRecord;
  model: PanelModel;
  /** Nothing above says yet what to do. */
  saysFix: boolean;
}

/** A record that was saved can still have lost something: the worst finding of the request, unless its own tab or the verdict shows it. */
function FoundLine({ exchange, model, saysFix }: FoundLineProps) {
  const [worst, ...others] = model
    .findingsOf(exchange)
    .filter(({ severity, rule }) => severity !== 'note' && rule.restates === undefined);
  if (worst === undefined || model.tab.value === 'findings') return null;
  const explanation = model.explainFinding(worst, exchange);
  return (
    <p class="found">
      <SeverityGlyph severity={worst.severity} />
      <button
        type="button"
        class="to"
        title="Open the finding: its evidence and its fix"
        onClick={() => model.openFindingOf(exchange)}
      >
        {worst.severity === 'problem' ? 'Problem' : 'Warning'}
      </button>{' '}
      <b class={severityTone(worst.severity)}>{worst.rule.title}</b>{' '}
      {explanation && (
        <span class="why">
          <SentenceView sentence={explanation.sentence} />
        </span>
      )}
      {others.length > 0 && <span class="quiet"> +{others.length} more</span>}
      {saysFix && explanation?.fix && (
        <span class="fix">
          <b>Fix</b> <SentenceView sentence={explanation.fix.text} />
        </span>
      )}
    </p>
  );
}

function VerdictGlyph({ label }: { label: Label }) {
  const [name, tone]: [GlyphName, string] =
    label.weight === 'bad' || label.text === 'missing'
      ? ['bad', 'remove']
      : label.weight === 'strong'
        ? ['yes', 'store']
        : ['get', 'quiet'];
  return <Glyph name={name} tone={tone} />;
}
