import { type PanelModel, plural } from '../model/index.ts';

/** How much is recorded, what waits, and of which process. Cut from its end: what waits stands first. */
export function StatusLine({ model }: { model: PanelModel }) {
  const { exchanges, operations, shown, ofDevtools } = model.counts.value;
  const { showsDevtools } = model;
  const unseen = model.unseen.value;
  const waiting = model.heldCount.value;
  const epoch = model.epoch.value;
  return (
    <div class="status-line">
      {unseen > 0 && (
        <button type="button" title="Go live (End)" onClick={model.goLive}>
          {unseen} new
        </button>
      )}
      {waiting > 0 && <span class="time">paused · {plural(waiting, 'event')} waiting</span>}
      {model.isPaused.value && waiting === 0 && <span class="time">paused</span>}
      {epoch?.partial && (
        <span class="time" title={epoch.partial}>
          partial: {epoch.partial}
        </span>
      )}
      <span>{plural(exchanges, 'exchange')}</span>
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
          {ofDevtools} of DevTools {showsDevtools.value ? 'shown' : 'hidden'}
        </button>
      )}
      {epoch && (
        <span class="cut">
          {epoch.project} · epoch {epoch.epoch}
        </span>
      )}
    </div>
  );
}
