import { isConnected, type Kind, KINDS, type PanelModel } from '../model/index.ts';
import { Glyph } from './glyphs.tsx';

const KIND_LABELS: Record<Kind, string> = {
  all: 'All',
  writes: 'Writes',
  reads: 'Reads',
  store: 'Store',
  'key-and-expiry': 'Key & expiry',
};

export function Toolbar({ model, onPair }: { model: PanelModel; onPair: (() => void) | undefined }) {
  const isPaused = model.isPaused.value;
  const scope = model.scope.value;
  const preserve = model.preserve.value;
  return (
    <div class="tools" role="toolbar" aria-label="Recording">
      <button
        type="button"
        aria-pressed={isPaused}
        aria-label="Pause"
        title={isPaused ? 'Go on (Space)' : 'Pause (Space)'}
        onClick={() => model.setPaused(!isPaused)}
      >
        <Glyph name={isPaused ? 'play' : 'pause'} />
      </button>
      <button type="button" aria-label="Clear" title="Clear" onClick={model.clear}>
        <Glyph name="flush" />
      </button>
      <hr />
      <input
        type="search"
        class="filter"
        placeholder="Filter: key, value, path, file"
        aria-label="Filter"
        title="Focus with /"
        value={model.filterText.value}
        onInput={(event) => {
          model.filterText.value = event.currentTarget.value;
        }}
      />
      <div class="kinds" role="group" aria-label="Operations shown">
        <hr />
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            class={kind === 'all' ? '' : 'wide'}
            aria-pressed={model.kind.value === kind}
            onClick={() => {
              model.kind.value = kind;
            }}
          >
            {KIND_LABELS[kind]}
          </button>
        ))}
        <hr />
      </div>
      <button
        type="button"
        class="mid"
        aria-pressed={scope === 'tab'}
        title="Show only requests that this tab made"
        onClick={() => {
          model.scope.value = scope === 'tab' ? 'all' : 'tab';
        }}
      >
        This tab only
      </button>
      <button
        type="button"
        class="mid"
        aria-pressed={preserve}
        title="Keep the recording when the page navigates"
        onClick={() => {
          model.preserve.value = !preserve;
        }}
      >
        Preserve
      </button>
      <Link model={model} onPair={onPair} />
    </div>
  );
}

function Link({ model, onPair }: { model: PanelModel; onPair: (() => void) | undefined }) {
  const connection = model.connection.value;
  const live = isConnected(connection);
  const word =
    connection.stream === 'broken'
      ? 'Connection lost'
      : connection.stream === 'polling'
        ? 'Polling'
        : connection.stream === 'idle'
          ? 'Listening'
          : live
            ? 'Live'
            : 'Not connected';
  const { companion } = connection;
  const port = connection.pageOrigin?.replace(/^https?:\/\/[^:]+/, '') ?? '';
  return (
    <span class="link">
      <span class={`live ${live ? '' : 'off'}`}>
        {word}
        {companion && <span class="wide quiet"> {[companion.libraries[0], port].filter(Boolean).join(' · ')}</span>}
      </span>
      {onPair !== undefined && !connection.paired && connection.hello === 'ok' && (
        <button
          type="button"
          class="mid"
          title="You see this browser's session only. Pair to see all."
          onClick={onPair}
        >
          Pair…
        </button>
      )}
    </span>
  );
}
