import { useRef } from 'preact/hooks';
import {
  type Editor,
  EDITORS,
  isConnected,
  type Kind,
  KINDS,
  LANE_KINDS,
  LANE_LABELS,
  type PanelModel,
  shortSession,
} from '../../model/index.ts';
import { Glyph } from '../parts/glyphs.tsx';
import type { MenuItem, MenuPlace, OpenMenu } from '../parts/Menu.tsx';
import { useRovingFocus } from '../parts/use-roving-focus.ts';
import { visibleText } from '../parts/visible-text.ts';
import { FilterBox } from './FilterBox.tsx';
import { useBench } from './panel-context.ts';
import type { Traces } from './traces.ts';

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
  /** Shows how the panel is connected, or hides it again. */
  onConnection: () => void;
  isConnectionOpen: boolean;
  openMenu: OpenMenu;
  /** Opens the list of sessions to choose from. */
  onSessions: (at: MenuPlace) => void;
  traces: Traces | undefined;
}

/** What is recorded and shown of it. One tab stop, arrows within; too narrow for all, the rest is in a menu. */
export function Toolbar({
  model,
  onPair,
  onHelp,
  onConnection,
  isConnectionOpen,
  openMenu,
  onSessions,
  traces,
}: ToolbarProps) {
  const bench = useBench();
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = useRovingFocus(bar);
  const isPaused = model.isPaused.value;
  const scope = model.scope.value;
  const preserve = model.preserve.value;
  const picked = model.session.value;
  const connection = model.connection.value;
  const canPair = onPair !== undefined && !connection.paired && connection.hello === 'ok';
  const isTrace = traces?.opened !== undefined;
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
    ...(model.seesBrowser.value ? [{ title: 'This tab', isChecked: scope === 'tab', act: toggleScope }] : []),
    ...(isTrace ? [] : [{ title: 'Preserve log', isChecked: preserve, act: togglePreserve }]),
    { title: 'Choose a session…', hint: 's', act: () => onSessions(placeBelow(bar.current)) },
    ...LANE_KINDS.map((lanes) => ({
      title: LANE_LABELS[lanes],
      isChecked: model.lanesBy.value === lanes,
      ...(lanes === 'none' ? { hint: 'l' } : {}),
      act: () => {
        model.lanesBy.value = lanes;
      },
    })),
    ...(canPair ? [{ title: 'Pair…', act: onPair }] : []),
    ...(isTrace ? [] : [{ title: 'Connection', isChecked: isConnectionOpen, act: onConnection }]),
    ...(traces === undefined ? [] : traceItems(traces, model)),
    ...(Object.keys(EDITORS) as Editor[]).map((editor) => ({
      title: `Open sources in ${EDITORS[editor]}`,
      isChecked: bench.editor.value === editor,
      act: () => {
        bench.editor.value = editor;
      },
    })),
    { title: 'Keyboard shortcuts', hint: '?', act: onHelp },
  ];
  return (
    <div class="tools" ref={bar} role="toolbar" aria-label="Recording" onKeyDown={onKeyDown}>
      {!isTrace && (
        <>
          <button
            type="button"
            class={isPaused ? 'paused' : ''}
            aria-pressed={isPaused}
            aria-label="Pause"
            title={isPaused ? 'Resume (Space)' : 'Pause (Space)'}
            onClick={() => model.setPaused(!isPaused)}
          >
            <Glyph name={isPaused ? 'play' : 'pause'} />
          </button>
          <button type="button" aria-label="Clear" title="Clear" onClick={model.clear}>
            <Glyph name="flush" />
          </button>
          <hr />
        </>
      )}
      <FilterBox model={model} />
      <div class="kinds" role="group" aria-label="Operations shown">
        <hr />
        {KINDS.map((kind) => (
          <button key={kind} type="button" aria-pressed={model.kind.value === kind} onClick={() => choose(kind)}>
            {KIND_LABELS[kind]}
          </button>
        ))}
        <hr />
      </div>
      {!isTrace && (
        <label class="mid check" title="Keep the recording when the page navigates">
          <input type="checkbox" checked={preserve} onChange={togglePreserve} />
          Preserve log
        </label>
      )}
      {model.seesBrowser.value && (
        <label class="mid check" title="Show only requests that this tab made, and those that still run">
          <input type="checkbox" checked={scope === 'tab'} onChange={toggleScope} />
          This tab
        </label>
      )}
      {(model.hasSeveralSessions.value || picked !== undefined) && (
        <button
          type="button"
          class="mid"
          aria-haspopup="menu"
          aria-pressed={picked !== undefined}
          title="Show one session alone (s)"
          onClick={(event) => onSessions(placeBelow(event.currentTarget))}
        >
          {picked === undefined ? 'All sessions' : <>Session {shortSession(picked)}</>} ▾
        </button>
      )}
      {isTrace ? (
        <span class="live off cut">Trace</span>
      ) : (
        <ConnectionButton model={model} isOpen={isConnectionOpen} onClick={onConnection} />
      )}
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
        title="More settings"
        aria-haspopup="menu"
        onClick={(event) => {
          openMenu(more(), placeBelow(event.currentTarget));
        }}
      >
        ⋯
      </button>
    </div>
  );
}

const placeBelow = (element: Element | null): MenuPlace => {
  const { left = 0, bottom = 0 } = element?.getBoundingClientRect() ?? {};
  return { x: left, y: bottom };
};

const traceItems = (traces: Traces, model: PanelModel): MenuItem[] => [
  ...(model.counts.value.exchanges === 0 ? [] : [{ title: 'Save as a trace…', act: traces.save }]),
  { title: 'Open a trace…', act: traces.open },
  ...(traces.opened === undefined ? [] : [{ title: 'Close the trace', act: traces.opened.close }]),
];

const STREAM_LABELS = { broken: 'Connection lost', polling: 'Polling', idle: 'Listening', live: 'Live' } as const;

interface ConnectionButtonProps {
  model: PanelModel;
  isOpen: boolean;
  onClick: () => void;
}

/** How the panel is connected, in a word; a click shows the steps and the details, whatever is recorded. */
function ConnectionButton({ model, isOpen, onClick }: ConnectionButtonProps) {
  const { stream, companion, helloOrigin, companions = [], isSilent, paired } = model.connection.value;
  const isPaused = model.isPaused.value;
  const connected = STREAM_LABELS[stream as keyof typeof STREAM_LABELS] ?? 'Not connected';
  const live = isSilent === true && stream === 'live' ? 'Silent' : connected;
  const word = isPaused && isConnected(model.connection.value) ? 'Paused' : live;
  const look = !isConnected(model.connection.value) ? 'off' : isPaused || isSilent === true ? 'paused' : '';
  // The companion's own port, not that of a proxy before it.
  const at = companions.find(({ app, origins }) => app === companion?.app && origins.includes(helloOrigin ?? ''))?.at;
  const host = (at ?? helloOrigin)?.replace(/^https?:\/\//, '') ?? '';
  return (
    <button
      type="button"
      class="link"
      aria-expanded={isOpen}
      title="Connection: steps, details and pairing"
      onClick={onClick}
    >
      <span class={`live cut ${look}`}>
        {word}
        {companion && (
          <span class="wide quiet"> {visibleText([companion.libraries[0], host].filter(Boolean).join(' · '))}</span>
        )}
        {paired && <span class="paired"> · paired</span>}
      </span>
    </button>
  );
}
