/** The Sessions panel: what the extension shows in DevTools and the playground on a page. */
// Makes components follow the signals that they read.
import '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CLOCK_MS, isConnected, plural, type PanelModel, type Tab, TABS } from '../model/index.ts';
import { CookieTab } from './CookieTab.tsx';
import { DiffTab } from './DiffTab.tsx';
import { Doctor } from './Doctor.tsx';
import { ExchangeTab } from './ExchangeTab.tsx';
import { handleKey, KEYS } from './keyboard.ts';
import { MomentLine } from './MomentLine.tsx';
import { Pairing } from './Pairing.tsx';
import type { PanelActions } from './panel-actions.ts';
import { Scrubber } from './Scrubber.tsx';
import { StateTab } from './StateTab.tsx';
import { StoreLookView } from './StoreLook.tsx';
import { Timeline } from './Timeline.tsx';
import { Toolbar } from './Toolbar.tsx';
import './panel.css';

export interface PanelProps {
  model: PanelModel;
  actions: PanelActions;
}

const TAB_LABELS: Record<Tab, string> = {
  state: 'State',
  diff: 'Diff',
  cookie: 'Cookie & expiry',
  exchange: 'Exchange',
};

/** Where a narrow panel shows one pane at a time. */
type View = 'list' | 'detail';

export function Panel({ model, actions }: PanelProps) {
  const root = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>('list');
  const [isPairing, setPairing] = useState(false);
  const [showsHelp, setHelp] = useState(false);
  useClock(model);

  const drill = (into: boolean) => {
    setView(into ? 'detail' : 'list');
    setHelp(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const context = {
      model,
      actions,
      drill,
      focusFilter: () => root.current?.querySelector<HTMLInputElement>('.filter')?.focus(),
      toggleHelp: () => setHelp(!showsHelp),
    };
    if (handleKey(event, context)) event.preventDefault();
  };

  const hasRecord = model.items.value.length > 0;
  return (
    // Keys work wherever the focus is; the panes below are the controls.
    <div class="panel" ref={root} data-view={view} onKeyDown={onKeyDown}>
      <Toolbar model={model} onPair={actions.beginPairing && (() => setPairing(true))} />
      {hasRecord && <Scrubber model={model} />}
      {isPairing ? (
        <Pairing actions={actions} onDone={() => setPairing(false)} />
      ) : hasRecord ? (
        <main class="panes">
          <section class="list" aria-label="Timeline">
            <BrokenNote model={model} />
            <Timeline model={model} actions={actions} />
            <EmptyFilter model={model} />
          </section>
          <section class="detail" aria-label="Details">
            <MomentLine model={model} actions={actions} onBack={() => drill(false)} />
            <Tabs model={model} />
            <TabBody model={model} actions={actions} />
          </section>
        </main>
      ) : (
        <main class="empty">
          <Doctor model={model} actions={actions} />
          {model.storeLook.value && <StoreLookView model={model} actions={actions} />}
        </main>
      )}
      {showsHelp && <Help onClose={() => setHelp(false)} />}
      <StatusLine model={model} />
    </div>
  );
}

/** Running requests grow with the clock; without one nothing ticks. */
function useClock(model: PanelModel): void {
  const isTicking = model.isTicking.value;
  const isCookieTab = model.tab.value === 'cookie';
  useEffect(() => {
    if (!isTicking && !isCookieTab) return undefined;
    const timer = setInterval(model.tick, isTicking ? CLOCK_MS : 1_000);
    return () => clearInterval(timer);
  }, [model, isTicking, isCookieTab]);
}

function Tabs({ model }: { model: PanelModel }) {
  const tab = model.tab.value;
  return (
    <div class="tabs" role="tablist" aria-label="Details">
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={tab === name}
          aria-controls="tab-body"
          tabIndex={tab === name ? 0 : -1}
          onClick={() => {
            model.tab.value = name;
          }}
          onKeyDown={(event) => {
            const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (by === 0) return;
            event.preventDefault();
            event.stopPropagation();
            const next = TABS[(TABS.indexOf(name) + by + TABS.length) % TABS.length]!;
            model.tab.value = next;
            document.getElementById(`tab-${next}`)?.focus();
          }}
        >
          {TAB_LABELS[name]}
        </button>
      ))}
    </div>
  );
}

function TabBody({ model, actions }: PanelProps) {
  const tab = model.tab.value;
  return (
    <div class="tab-body" id="tab-body" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
      {tab === 'state' && <StateTab model={model} actions={actions} />}
      {tab === 'diff' && <DiffTab model={model} actions={actions} />}
      {tab === 'cookie' && <CookieTab model={model} />}
      {tab === 'exchange' && <ExchangeTab model={model} />}
    </div>
  );
}

/** A lost connection is said above what was recorded, which is kept. */
function BrokenNote({ model }: { model: PanelModel }) {
  const connection = model.connection.value;
  if (isConnected(connection) || connection.stream === 'untried') return null;
  const view = model.doctor.value;
  const failed = view.steps.find(({ status }) => status === 'failed');
  return (
    <p class="note" role="status">
      <b>{view.lead}</b> {failed?.text} Recorded events are kept.
    </p>
  );
}

function EmptyFilter({ model }: { model: PanelModel }) {
  const { shown, operations, exchanges } = model.counts.value;
  const text = model.filterText.value.trim();
  if (exchanges > 0 || (text === '' && model.kind.value === 'all' && model.scope.value === 'all')) return null;
  return (
    <div class="section">
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
          }}
        >
          Clear filter
        </button>
      </div>
    </div>
  );
}

function StatusLine({ model }: { model: PanelModel }) {
  const { exchanges, operations, shown } = model.counts.value;
  const unseen = model.unseen.value;
  const waiting = model.heldCount.value;
  const epoch = model.epoch.value;
  return (
    <div class="status-line" role="status">
      <span>{plural(exchanges, 'exchange')}</span>
      <span>
        {shown === operations ? plural(operations, 'operation') : `${shown} of ${plural(operations, 'operation')}`}
      </span>
      {unseen > 0 && (
        <span>
          <button type="button" onClick={model.goLive}>
            {unseen} new
          </button>
        </span>
      )}
      {waiting > 0 && <span class="time">paused · {plural(waiting, 'event')} waiting</span>}
      {epoch && (
        <span>
          {epoch.project} · epoch {epoch.epoch}
        </span>
      )}
      {epoch?.partial && <span class="time">partial: {epoch.partial}</span>}
    </div>
  );
}

const KEY_NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  ' ': 'Space',
  Escape: 'Esc',
};

function Help({ onClose }: { onClose: () => void }) {
  return (
    <div class="help" role="dialog" aria-label="Keys">
      <div class="section">
        <h3>Keys</h3>
        <dl class="pairs">
          {KEYS.map(({ keys, does }) => (
            <>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </>
          ))}
        </dl>
        <div class="acts">
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </div>
  );
}
