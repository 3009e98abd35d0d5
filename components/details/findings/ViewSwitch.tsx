import { FINDINGS_VIEWS, type FindingsView, type PanelModel } from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';

const VIEW_LABELS: Record<FindingsView, { text: string; title: string }> = {
  list: { text: 'Findings', title: 'What the rules found, worst first' },
  sheet: {
    text: 'ASVS 5.0',
    title: "The requirements of OWASP's standard on sessions, and what this recording shows of them",
  },
};

/** The list of what was found, or the sheet of requirements. */
export function ViewSwitch({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const view = model.findingsView;
  return (
    <div class="finding-head view-switch">
      <div role="group" aria-label="Show">
        {FINDINGS_VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            title={VIEW_LABELS[name].title}
            aria-pressed={view.value === name}
            onClick={() => (view.value = name)}
          >
            {VIEW_LABELS[name].text}
          </button>
        ))}
      </div>
      {view.value === 'sheet' && (
        <button
          type="button"
          class="copy"
          title="The whole sheet with its evidence, for a report. No value of a session is in it."
          onClick={() => actions.copy(model.sheetMarkdown())}
        >
          Copy as Markdown
        </button>
      )}
    </div>
  );
}
