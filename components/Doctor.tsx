/** Never silently empty: each step from the page to the companion, and where the way stops. */
import { useState } from 'preact/hooks';
import { type DoctorStep, type PanelModel, SNIPPETS } from '../model/index.ts';
import { Glyph, type GlyphName } from './glyphs.tsx';
import type { PanelActions } from './panel-actions.ts';

const STEP_GLYPHS: Record<DoctorStep['status'], readonly [GlyphName, string, string]> = {
  ok: ['yes', 'store', 'works'],
  failed: ['no', 'remove', 'failed'],
  waiting: ['waiting', 'quiet', 'waiting'],
  untried: ['untried', 'quiet', 'not tried'],
};

export function Doctor({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const view = model.doctor.value;
  const { requestPermission, reloadPage } = actions;
  return (
    <section class="alone" aria-label="Connection">
      <div class="section">
        <h2 class="lead">{view.lead}</h2>
        {view.mend.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {view.showsSnippets && <Snippets actions={actions} />}
        <div class="acts">
          {view.asksPermission && requestPermission && (
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
      </div>
      <ol class="checks">
        {view.steps.map((step) => {
          const [glyph, tone, word] = STEP_GLYPHS[step.status];
          return (
            <li
              key={step.id}
              class={step.status === 'failed' ? 'here' : ''}
              data-step={step.id}
              data-status={step.status}
            >
              <span title={word}>
                <Glyph name={glyph} tone={tone} />
                <span class="unseen">{word}</span>
              </span>
              <span>{step.title}</span>
              <span class={step.status === 'failed' ? '' : 'quiet'}>{step.text}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Snippets({ actions }: { actions: PanelActions }) {
  const [chosen, choose] = useState(0);
  const { install, code } = SNIPPETS[chosen]!;
  return (
    <>
      <div class="frameworks" role="group" aria-label="Framework">
        {SNIPPETS.map(({ framework }, index) => (
          <button key={framework} type="button" aria-pressed={index === chosen} onClick={() => choose(index)}>
            {framework}
          </button>
        ))}
      </div>
      <pre class="code">{`${install}\n\n${code}`}</pre>
      <div class="acts">
        <button type="button" class="button" onClick={() => actions.copy(`${install}\n\n${code}`)}>
          Copy
        </button>
      </div>
    </>
  );
}
