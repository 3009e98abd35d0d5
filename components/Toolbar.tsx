import { useRef } from 'preact/hooks';
import { isConnected, type Kind, KINDS, type PanelModel } from '../model/index.ts';
import { Glyph } from './glyphs.tsx';
import type { MenuItem, OpenMenu } from './Menu.tsx';
import { useRovingFocus } from './use-roving-focus.ts';

const KIND_LABELS: Record<Kind, string> = {
  all: 'All',
  writes: 'Writes',
  reads: 'Reads',
  store: 'Store',
  'key-and-expiry': 'Key & expiry',
};

interface ToolbarProps {
  model: PanelModel;
  onPair: (() => void) | undefined;
  onHelp: () => void;
  openMenu: OpenMenu;
}

/** What is recorded and shown of it. One tab stop, arrows within; too narrow for all, the rest is in a menu. */
export function Toolbar({ model, onPair, onHelp, openMenu }: ToolbarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = useRovingFocus(bar);
  const isPaused = model.isPaused.value;
  const scope = model.scope.value;
  const preserve = model.preserve.value;
  const connection = model.connection.value;
  const canPair = onPair !== undefined && !connection.paired && connection.hello === 'ok';
  const toggleScope = () => {
    model.scope.value = scope === 'tab' ? 'all' : 'tab';
  };
  const togglePreserve = () => {
    model.preserve.value = !preserve;
  };
  const choose = (kind: Kind) => {
    model.kind.value = kind;
  };
  const more = (): MenuItem[] => [
    ...KINDS.map((kind) => ({
      title: kind === 'all' ? 'All operations' : `${KIND_LABELS[kind]} only`,
      isChecked: model.kind.value === kind,
      act: () => choose(kind),
    })),
    { title: 'This tab only', isChecked: scope === 'tab', act: toggleScope },
    { title: 'Preserve over navigation', isChecked: preserve, act: togglePreserve },
    ...(canPair ? [{ title: 'Pair…', act: onPair }] : []),
    { title: 'Keys', hint: '?', act: onHelp },
  ];
  return (
    <div class="tools" ref={bar} role="toolbar" aria-label="Recording" onKeyDown={onKeyDown}>
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
        title="Focus with /. Also key:cart, path:/cart/, session:9d41, and -key:cart to hide"
        value={model.filterText.value}
        onInput={(event) => {
          model.filterText.value = event.currentTarget.value;
        }}
      />
      <div class="kinds" role="group" aria-label="Operations shown">
        <hr />
        {KINDS.map((kind) => (
          <button key={kind} type="button" aria-pressed={model.kind.value === kind} onClick={() => choose(kind)}>
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
        onClick={toggleScope}
      >
        This tab only
      </button>
      <button
        type="button"
        class="mid"
        aria-pressed={preserve}
        title="Keep the recording when the page navigates"
        onClick={togglePreserve}
      >
        Preserve
      </button>
      <Link model={model} />
      {canPair && (
        <button
          type="button"
          class="mid"
          title="You see this browser's session only. Pair to see all."
          onClick={onPair}
        >
          Pair…
        </button>
      )}
      <button
        type="button"
        class="more"
        aria-label="More"
        title="More"
        aria-haspopup="menu"
        onClick={(event) => {
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          openMenu(more(), { x: left, y: bottom });
        }}
      >
        ⋯
      </button>
    </div>
  );
}

const STREAM_WORDS = { broken: 'Connection lost', polling: 'Polling', idle: 'Listening', live: 'Live' } as const;

function Link({ model }: { model: PanelModel }) {
  const { stream, companion, pageOrigin } = model.connection.value;
  const word = stream in STREAM_WORDS ? STREAM_WORDS[stream as keyof typeof STREAM_WORDS] : 'Not connected';
  const port = pageOrigin?.replace(/^https?:\/\/[^:]+/, '') ?? '';
  return (
    <span class="link">
      <span class={`live cut ${isConnected(model.connection.value) ? '' : 'off'}`}>
        {word}
        {companion && <span class="wide quiet"> {[companion.libraries[0], port].filter(Boolean).join(' · ')}</span>}
      </span>
    </span>
  );
}
