import { type PanelModel, plural, SEVERITIES, severityCount, worstCount } from '../../model/index.ts';
import { Glyph } from '../parts/glyphs.tsx';
import { visibleText } from '../parts/visible-text.ts';
import { useBench } from './panel-context.ts';

/** How much is recorded, what waits, and of which process. Cut from its end: what can be pressed stands first. */
export function StatusLine({ model }: { model: PanelModel }) {
  const { exchanges, operations, shown, ofDevtools } = model.counts.value;
  const { showsDevtools } = model;
  const unseen = model.unseen.value;
  const epoch = model.epoch.value;
  const notice = useBench().notice.value;
  return (
    <div class="status-line">
      <span class="notice" role="status">
        {notice && (
          <>
            <Glyph name="yes" /> {notice}
          </>
        )}
      </span>
      {unseen > 0 && (
        <button type="button" title="Go live (End)" onClick={model.goLive}>
          {unseen} new
        </button>
      )}
      {model.isLoading.value && (
        <span
          class="time"
          role="status"
          title="More of what the server recorded is on its way. Until it is here, counts and findings are of a part."
        >
          loading the past …
        </span>
      )}
      <FindingsButton model={model} />
      {(model.filterText.value.trim() !== '' || model.kind.value !== 'all' || model.session.value !== undefined) && (
        <button type="button" title="Show everything again" onClick={() => clearFilter(model)}>
          Clear filter
        </button>
      )}
      {!model.seesBrowser.value && (
        <span
          class="time"
          title="This page is not DevTools: which tab sent a request, which cookies the browser sent, received or kept, and what it cached is not known here. The extension shows it."
        >
          browser not seen
        </span>
      )}
      {epoch?.partial && (
        <span class="time" title={visibleText(epoch.partial)}>
          partial: {visibleText(epoch.partial)}
        </span>
      )}
      <span>{plural(exchanges, 'request')}</span>
      <span>
        {shown === operations ? plural(operations, 'operation') : `${shown} of ${plural(operations, 'operation')}`}
      </span>
      {ofDevtools > 0 && (
        <button
          type="button"
          aria-pressed={showsDevtools.value}
          title="Requests that DevTools itself sends, to look for a workspace on each page. They did nothing to a session."
          onClick={() => (showsDevtools.value = !showsDevtools.value)}
        >
          {plural(ofDevtools, 'DevTools request')} {showsDevtools.value ? 'shown' : 'hidden'}
        </button>
      )}
      {epoch && (
        <span class="cut" title={`Epoch ${epoch.epoch}`}>
          {visibleText(epoch.project)}
        </span>
      )}
    </div>
  );
}

/** What the rules found, the worst first; opens the list. */
function FindingsButton({ model }: { model: PanelModel }) {
  const counts = model.findingCounts.value;
  const worst = worstCount(counts);
  if (worst === undefined) return null;
  const all = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) =>
    severityCount(counts[severity], severity),
  );
  return (
    <button
      type="button"
      class={worst === 'problem' ? 'remove' : worst === 'warning' ? 'time' : ''}
      title={`${all.join(', ')}\nOpen Findings`}
      onClick={() => {
        model.chooseFinding(undefined);
        model.tab.value = 'findings';
      }}
    >
      {severityCount(counts[worst], worst)}
    </button>
  );
}

/** The words, the kind and the session; what tab is shown stays as it was set. */
export function clearFilter(model: PanelModel): void {
  model.filterText.value = '';
  model.kind.value = 'all';
  model.session.value = undefined;
}
