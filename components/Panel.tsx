/** The Sessions panel: what the extension shows in DevTools and the playground on a page. */
// Makes components follow the signals that they read.
import '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CLOCK_MS, type PanelModel } from '../model/index.ts';
import { Announcer } from './Announcer.tsx';
import { Doctor } from './Doctor.tsx';
import { Help } from './Help.tsx';
import { handleKey } from './keyboard.ts';
import { Menu, type MenuItem, type MenuPlace } from './Menu.tsx';
import { MomentLine } from './MomentLine.tsx';
import { ConnectionNote, EmptyFilter } from './Notes.tsx';
import { Pairing } from './Pairing.tsx';
import type { PanelActions } from './panel-actions.ts';
import { Scrubber } from './Scrubber.tsx';
import { StatusLine } from './StatusLine.tsx';
import { StoreLookView } from './StoreLook.tsx';
import { TabBody, Tabs } from './Tabs.tsx';
import { Timeline } from './Timeline.tsx';
import { timelineMenu } from './timeline-menu.ts';
import { rowId } from './row-attributes.ts';
import { Toolbar } from './Toolbar.tsx';
import './panel.css';

export interface PanelProps {
  model: PanelModel;
  actions: PanelActions;
}

/** Where a narrow panel shows one pane at a time. */
type View = 'list' | 'detail';

export function Panel({ model, actions }: PanelProps) {
  const root = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>('list');
  const [isPairing, setPairing] = useState(false);
  const [showsHelp, setHelp] = useState(false);
  const [menu, setMenu] = useState<{ items: readonly MenuItem[]; at: MenuPlace }>();
  useClock(model);

  const openMenu = (items: readonly MenuItem[], at: MenuPlace) => setMenu({ items, at });
  const pair =
    actions.beginPairing &&
    (() => {
      setPairing(true);
      setView('detail');
    });
  const focusPane = (selector: string) =>
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>(selector)?.focus());
  const drill = (into: boolean) => {
    const next = into ? 'detail' : 'list';
    if (next !== view) focusPane(into ? '.tabs [aria-selected=true]' : '.timeline');
    setView(next);
  };
  const closeOverlay = () => {
    if (!showsHelp && !isPairing) return false;
    setHelp(false);
    setPairing(false);
    return true;
  };
  /** The menu of the selected row, at that row, or below `anchor`. */
  const openRowMenu = (anchor?: Element) => {
    const row = model.rows.value.rows[model.selectedRow.value];
    if (row === undefined) return;
    const { left, top, bottom } = (
      anchor ??
      document.getElementById(rowId(row.key)) ??
      root.current!
    ).getBoundingClientRect();
    openMenu(timelineMenu(row, model, actions), { x: left + (anchor ? 0 : 60), y: bottom, above: top });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const context = {
      model,
      actions,
      drill,
      closeOverlay,
      openMenu: () => openRowMenu(),
      focusFilter: () => root.current?.querySelector<HTMLInputElement>('.filter')?.focus(),
      toggleHelp: () => setHelp(!showsHelp),
    };
    if (handleKey(event, context)) event.preventDefault();
  };

  const hasRecord = model.items.value.length > 0;
  const pairing = isPairing && <Pairing model={model} actions={actions} onDone={() => setPairing(false)} />;
  return (
    // Keys work wherever the focus is; the panes below are the controls.
    <div class="panel" ref={root} data-view={view} onKeyDown={onKeyDown}>
      <header>
        <h1 class="unseen">Sessions</h1>
        <Toolbar model={model} onPair={pair} openMenu={openMenu} onHelp={() => setHelp(true)} />
        {hasRecord && <Scrubber model={model} />}
        {menu && <Menu items={menu.items} at={menu.at} onClose={() => setMenu(undefined)} />}
      </header>
      {hasRecord ? (
        <main class="panes">
          <section class="list" aria-label="Recording">
            <h2 class="unseen">Recording</h2>
            <ConnectionNote model={model} />
            <Timeline model={model} actions={actions} openMenu={openMenu} />
            <EmptyFilter model={model} />
          </section>
          <section class="detail" aria-label="Details">
            <h2 class="unseen">Details</h2>
            <MomentLine model={model} actions={actions} onBack={() => drill(false)} onMenu={openRowMenu} />
            {pairing || (
              <>
                <Tabs model={model} />
                <TabBody model={model} actions={actions} openMenu={openMenu} />
              </>
            )}
          </section>
        </main>
      ) : (
        <main class="empty">
          {pairing || (
            <Doctor model={model} actions={actions}>
              {model.storeLook.value && <StoreLookView model={model} actions={actions} />}
            </Doctor>
          )}
        </main>
      )}
      {showsHelp && <Help onClose={() => setHelp(false)} />}
      <footer>
        <StatusLine model={model} />
        <Announcer model={model} />
      </footer>
    </div>
  );
}

/** Running requests grow with the clock; without one nothing ticks. */
function useClock(model: PanelModel): void {
  const isTicking = model.isTicking.value;
  // The clocks run down, and a lost connection says for how long it has been.
  const isTold = model.tab.value === 'cookie' || model.connection.value.stream === 'broken';
  useEffect(() => {
    if (!isTicking && !isTold) return undefined;
    const timer = setInterval(model.tick, isTicking ? CLOCK_MS : 1_000);
    return () => clearInterval(timer);
  }, [model, isTicking, isTold]);
}
