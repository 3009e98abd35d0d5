/** Never silently empty: each step from the page to the companion, and where the way stops. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type DoctorStep, type InferredSnippet, type PanelModel, type Snippet, SNIPPETS } from '../../model/index.ts';
import { Glyph, type GlyphName } from '../parts/glyphs.tsx';
import { visibleText } from '../parts/visible-text.ts';
import type { PanelActions } from '../frame/panel-actions.ts';

const STEP_GLYPHS: Record<DoctorStep['status'], readonly [GlyphName, string, string]> = {
  ok: ['yes', 'store', 'works'],
  failed: ['no', 'remove', 'failed'],
  waiting: ['waiting', 'quiet', 'waiting'],
  untried: ['untried', 'quiet', 'not tried'],
};

interface DoctorProps {
  model: PanelModel;
  actions: PanelActions;
  /** What is known of the session anyway: it stands before the steps. */
  children?: ComponentChildren;
}

export function Doctor({ model, actions, children }: DoctorProps) {
  const view = model.doctor.value;
  if (view === undefined) return null;
  const failed = view.steps.find(({ status }) => status === 'failed');
  const { requestPermission, reloadPage } = actions;
  const asks = view.asksPermission && requestPermission;
  return (
    <section class="alone" aria-label="Connection">
      <div class="section">
        <h2 class="lead">{visibleText(view.lead)}</h2>
        {failed ? (
          <p class="quiet">{visibleText(failed.text)}</p>
        ) : (
          view.fix.map((line) => <p key={line}>{visibleText(line)}</p>)
        )}
      </div>
      {children}
      <ol class="checks">
        {view.steps.map((step) => (
          <StepRow key={step.id} step={step} />
        ))}
      </ol>
      <div class="section">
        {failed && (
          <>
            <h3>Fix</h3>
            {view.showsSnippets && <Snippets actions={actions} inferred={view.inferred} />}
            {view.fix.map((line) => (
              <p key={line}>{visibleText(line)}</p>
            ))}
          </>
        )}
        <div class="acts">
          {asks && (
            <button type="button" class="button main" onClick={() => void requestPermission()}>
              Allow access
            </button>
          )}
          {reloadPage && (
            <button type="button" class="button" onClick={reloadPage}>
              Reload the page
            </button>
          )}
        </div>
        {view.showsSnippets && (
          <p class="quiet">This panel turns live with the next response. DevTools can stay open.</p>
        )}
      </div>
    </section>
  );
}

function StepRow({ step: { id, status, title, text } }: { step: DoctorStep }) {
  const [glyph, tone, word] = STEP_GLYPHS[status];
  return (
    <li class={status === 'failed' ? 'here' : status === 'untried' ? 'quiet' : ''} data-step={id} data-status={status}>
      <span title={word}>
        <Glyph name={glyph} tone={tone} />
        <span class="unseen">{word}</span>
      </span>
      <span class="what">{title}</span>
      <span class={status === 'failed' ? '' : 'quiet'}>{visibleText(text)}</span>
    </li>
  );
}

function Snippets({ actions, inferred }: { actions: PanelActions; inferred: InferredSnippet | undefined }) {
  const [chosen, choose] = useState<string>();
  const snippet = SNIPPETS.find(({ id }) => id === chosen) ?? inferred?.snippet;
  return (
    <>
      <p>
        {inferred ? (
          <>
            <Glyph name="inferred" tone="quiet" /> {visibleText(inferred.because)}
          </>
        ) : (
          'No header and no cookie says what your app is made with. Choose:'
        )}
      </p>
      <div class="frameworks" role="group" aria-label="Framework">
        {SNIPPETS.map(({ id, framework }) => (
          <button key={id} type="button" aria-pressed={id === snippet?.id} onClick={() => choose(id)}>
            {framework}
          </button>
        ))}
      </div>
      {snippet && <Lines snippet={snippet} actions={actions} />}
    </>
  );
}

function Lines({ snippet, actions }: { snippet: Snippet; actions: PanelActions }) {
  return (
    <>
      <pre class="code">{snippet.install}</pre>
      <pre class="code lines">
        {snippet.lines.map(({ sign, text }, index) => (
          <div key={index} class={sign === '+' ? 'added' : sign === '-' ? 'removed' : ''}>
            {`${sign} ${text}`}
          </div>
        ))}
      </pre>
      <div class="acts">
        <button type="button" class="button main" onClick={() => actions.copy(copyOf(snippet))}>
          Copy
        </button>
      </div>
    </>
  );
}

/** The command, and the lines as they stand afterwards. */
const copyOf = ({ install, lines }: Snippet) =>
  [install, '', ...lines.filter(({ sign }) => sign !== '-').map(({ text }) => text)].join('\n');
