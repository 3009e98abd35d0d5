/** What is to be known of the recording, above and below its rows. */
import { formatDuration, isConnected, type PanelModel, plural } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';

/** A lost connection, or a stream that a proxy buffers, is said above what was recorded, which is kept. */
export function ConnectionNote({ model }: { model: PanelModel }) {
  const connection = model.connection.value;
  if (connection.stream === 'polling')
    return <p class="note">A proxy is buffering the event stream, so the panel polls instead. No events are lost.</p>;
  if (isConnected(connection) || connection.stream === 'untried') return null;
  if (connection.stream === 'broken') {
    const { streamSince, streamFault } = connection;
    const ago = streamSince === undefined ? 0 : Math.max(0, model.clock.value - streamSince);
    return (
      <p class="note">
        <b>Connection lost{ago >= 1_000 ? ` ${formatDuration(ago)} ago` : ''}, trying again.</b> Recorded events are
        kept.{streamFault && <span class="quiet"> What happened: {visibleText(streamFault)}.</span>}
      </p>
    );
  }
  const view = model.doctor.value;
  if (view === undefined) return null;
  const failed = view.steps.find(({ status }) => status === 'failed');
  return (
    <p class="note">
      <b>{view.lead}</b> {failed && visibleText(failed.text)} Recorded events are kept.
    </p>
  );
}

/** Paused is a state that is seen: what waits is counted where new rows would come. */
export function PausedNote({ model }: { model: PanelModel }) {
  if (!model.isPaused.value) return null;
  const waiting = model.heldCount.value;
  return (
    <p class="note paused-note">
      <b>Paused.</b> {waiting === 0 ? 'Nothing new has arrived.' : `${plural(waiting, 'event')} waiting.`}{' '}
      <button type="button" class="button" title="Space" onClick={() => model.setPaused(false)}>
        Resume
      </button>
    </p>
  );
}

/** Nothing is shown, and why: never an empty list. */
export function EmptyFilter({ model }: { model: PanelModel }) {
  const { shown, operations, exchanges } = model.counts.value;
  const text = model.filterText.value.trim();
  const isFiltered =
    text !== '' || model.kind.value !== 'all' || model.scope.value !== 'all' || model.session.value !== undefined;
  if (exchanges > 0 || !isFiltered) return null;
  return (
    <div class="section nothing">
      <p>
        {shown} of {plural(operations, 'operation')} {text === '' ? 'are shown by these choices' : `match "${text}"`}.
      </p>
      <div class="acts">
        <button
          type="button"
          class="button"
          onClick={() => {
            model.filterText.value = '';
            model.kind.value = 'all';
            model.scope.value = 'all';
            model.session.value = undefined;
          }}
        >
          Clear filter
        </button>
      </div>
    </div>
  );
}
