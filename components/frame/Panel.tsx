/** The Sessions panel: what the extension shows in DevTools and the playground on a page. */
// Makes components follow the signals that they read.
import { effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  CLOCK_MS,
  createWorkbench,
  loadDeferred,
  onDemand,
  type PanelModel,
  type Workbench,
} from '../../model/index.ts';
import { Announcer } from './Announcer.tsx';
import { handleKey } from './keyboard.ts';
import { afterPaint } from '../parts/after-paint.ts';
import { deferredView } from '../parts/deferred-view.tsx';
import { Menu, type MenuItem, type MenuPlace } from '../parts/Menu.tsx';
import { MomentLine } from '../details/MomentLine.tsx';
import { ConnectionNote, EmptyFilter, PausedNote } from './Notes.tsx';
import { BenchProvider } from './panel-context.ts';
import type { PanelActions } from './panel-actions.ts';
import { messageOf } from '../parts/message-of.ts';
import { Scrubber } from '../scrubber/Scrubber.tsx';
import { Splitter } from '../parts/Splitter.tsx';
import { StatusLine } from './StatusLine.tsx';
import { StoreLookView } from '../details/state/StoreLook.tsx';
import { TabBody, Tabs } from '../details/Tabs.tsx';
import { Timeline } from '../timeline/Timeline.tsx';
import { timelineMenu } from '../timeline/timeline-menu.ts';
import { rowId } from '../timeline/row-attributes.ts';
import { Tip, tipOf, useFocusTip } from './Tip.tsx';
import { Toolbar } from './Toolbar.tsx';
import { sessionItems } from './session-items.ts';
import { TraceNote } from './TraceNote.tsx';
import type { Traces } from './traces.ts';
import { focusHome, useFocusHome } from './use-focus-home.ts';
import { viewedOf } from '../viewer/viewed.ts';
import { VerdictLine } from '../details/VerdictLine.tsx';
import './panel.css';

const ConnectionView = deferredView((views) => views.ConnectionView);
const Doctor = deferredView((views) => views.Doctor);
const Help = deferredView((views) => views.Help, { isPart: true });
const Pairing = deferredView((views) => views.Pairing);
const ValueViewer = deferredView((views) => views.ValueViewer, { isPart: true });

export interface PanelProps {
  model: PanelModel;
  actions: PanelActions;
  /** What lasts is saved from here; default: one of the panel's own. */
  bench?: Workbench;
  /** Absent: there are no trace files here. */
  traces?: Traces;
}

/** Where a narrow panel shows one pane at a time. */
type View = 'list' | 'detail';
/** What stands in place of the tabs. */
type Aside = 'pairing' | 'connection';

/** How long *Copied* stands. */
const NOTICE_MS = 2_000;

export function Panel({ model, actions: given, bench: givenBench, traces }: PanelProps) {
  const root = useRef<HTMLDivElement>(null);
  const panes = useRef<HTMLElement>(null);
  const bench = useMemo(() => givenBench ?? createWorkbench(), [givenBench]);
  const actions = useMemo(() => withNotice(given, bench), [given, bench]);
  const [view, setView] = useState<View>('list');
  const [aside, setAside] = useState<Aside>();
  /** The server to pair with, by its epoch; `undefined`: the page's own. */
  const [pairsWith, setPairsWith] = useState<string>();
  const [showsHelp, setHelp] = useState(false);
  const [menu, setMenu] = useState<{ items: readonly MenuItem[]; at: MenuPlace }>();
  const [tip, setTip] = useFocusTip(root);
  useClock(model);
  useChecking(model);
  // A click finds the other scripts there.
  useEffect(() => afterPaint(() => void loadDeferred()), []);
  useFocusHome(root);

  const openMenu = (items: readonly MenuItem[], at: MenuPlace) => setMenu({ items, at });
  const openAside = (name: Aside) => {
    setAside(name);
    setView('detail');
  };
  const pair =
    actions.beginPairing &&
    ((epoch?: string) => {
      setPairsWith(epoch);
      openAside('pairing');
    });
  /** Gives the focus at once: the next key is for what has it. What is shown only then gets it after the next drawing. */
  const focusNow = <T extends HTMLElement>(selector: string, give = (element: T) => element.focus()) => {
    const take = () => {
      const element = root.current?.querySelector<T>(selector);
      if (element != null) give(element);
      return element != null && document.activeElement === element;
    };
    if (!take()) requestAnimationFrame(take);
  };
  const isNarrow = () => root.current?.querySelector('.back')?.getClientRects().length !== 0;
  const drill = (into: boolean): boolean => {
    const inDetail = document.activeElement?.closest('.detail') != null;
    if (!into && !inDetail && (view === 'list' || !isNarrow())) return false;
    focusNow(into ? '.tabs [aria-selected=true]' : '.timeline');
    setView(into ? 'detail' : 'list');
    return true;
  };
  const closeViewer = () => {
    bench.viewed.value = undefined;
  };
  const closeOverlay = () => {
    const isOpen = tip?.isAsked === true || showsHelp || aside !== undefined || bench.viewed.value !== undefined;
    setTip(undefined);
    setHelp(false);
    setAside(undefined);
    closeViewer();
    return isOpen;
  };
  const selectedElement = () => {
    const row = model.rows.value.rows.get(model.selectedRow.value);
    return row && document.getElementById(rowId(row.key));
  };
  /** The menu of the selected row, at that row, or below `anchor`. */
  const openRowMenu = (anchor?: Element) => {
    const row = model.rows.value.rows.get(model.selectedRow.value);
    if (row === undefined) return;
    const { left, top, bottom } = (anchor ?? selectedElement() ?? root.current!).getBoundingClientRect();
    openMenu(timelineMenu(row, model, actions, bench), { x: left + (anchor ? 0 : 60), y: bottom, above: top });
  };
  const openSessions = (at?: MenuPlace) => {
    const { left = 60, bottom = 30 } = root.current?.querySelector('.tools')?.getBoundingClientRect() ?? {};
    const open = (items: readonly MenuItem[]) => openMenu(items, at ?? { x: left, y: bottom });
    onDemand.get().then(
      () => open(sessionItems(model)),
      (error: unknown) => open([{ title: messageOf(error), act: () => undefined }]),
    );
  };
  const viewValue = () => {
    const { exchange, index } = model.cursor.value ?? {};
    const operation = index === undefined ? undefined : exchange?.operations[index - 1];
    bench.viewed.value = exchange && operation && viewedOf(exchange, operation);
  };
  const explain = () => {
    const row = document.activeElement?.closest('.tree')
      ? root.current?.querySelector('.tree [aria-selected=true]')
      : selectedElement();
    setTip(tip === undefined && row ? tipOf(row) : undefined);
  };
  const focusFilter = () => {
    setView('list');
    focusNow<HTMLInputElement>('.tools .filter', (field) => {
      field.focus();
      field.select();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Focus that keys gave is shown where it lies; a mouse knows where it is.
    root.current!.dataset['keys'] = '';
    if (tip !== undefined && !['Escape', 'i', 'Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) setTip(undefined);
    const context = {
      model,
      bench,
      actions,
      drill,
      closeOverlay,
      viewValue,
      explain,
      openMenu: () => openRowMenu(),
      openSessions: () => openSessions(),
      focusFilter,
      toggleHelp: () => setHelp(!showsHelp),
    };
    if (!handleKey(event, context)) return;
    event.preventDefault();
    // DevTools listens at the document: what means something here must not open its drawer or its search.
    event.stopPropagation();
    if (event.key === 'Escape' && document.activeElement === document.body) focusHome(root.current);
  };

  const viewed = bench.viewed.value;
  // Narrow, the value is read where the details are.
  useEffect(() => {
    if (viewed !== undefined) setView('detail');
  }, [viewed]);
  const hasRecord = model.hasRecord.value;
  const closeAside = () => setAside(undefined);
  const asideView =
    aside === 'pairing' ? (
      <Pairing model={model} actions={actions} epoch={pairsWith} onDone={closeAside} />
    ) : aside === 'connection' ? (
      <ConnectionView model={model} actions={actions} onPair={pair} onClose={closeAside} />
    ) : undefined;
  const shares = bench.shares.value;
  return (
    <BenchProvider value={bench}>
      {/* Keys work wherever the focus is; the panes below are the controls. */}
      <div
        class="panel"
        ref={root}
        data-view={view}
        data-paused={model.isPaused.value ? '' : undefined}
        onKeyDown={onKeyDown}
        onPointerDown={() => delete root.current!.dataset['keys']}
      >
        <header>
          <h1 class="unseen">Sessions</h1>
          <Toolbar
            model={model}
            onPair={pair && (() => pair())}
            openMenu={openMenu}
            onSessions={openSessions}
            onHelp={() => setHelp(true)}
            onConnection={() => (aside === 'connection' ? closeAside() : openAside('connection'))}
            isConnectionOpen={aside === 'connection'}
            traces={traces}
          />
          {hasRecord && <Scrubber model={model} />}
          {menu && <Menu items={menu.items} at={menu.at} onClose={() => setMenu(undefined)} />}
        </header>
        {hasRecord ? (
          <main
            class="panes"
            ref={panes}
            style={{ '--beside': `${shares.beside}%`, '--stacked': `${shares.stacked}%` }}
          >
            <section class="list" aria-label="Recording">
              <h2 class="unseen">Recording</h2>
              <TraceNote traces={traces} />
              <ConnectionNote model={model} />
              <PausedNote model={model} />
              <Timeline model={model} actions={actions} openMenu={openMenu} />
              <EmptyFilter model={model} />
            </section>
            <Splitter panes={panes} />
            <section class="detail" aria-label="Details">
              <h2 class="unseen">Details</h2>
              <MomentLine model={model} actions={actions} onBack={() => drill(false)} onMenu={openRowMenu} />
              {asideView ?? (
                <>
                  <VerdictLine model={model} />
                  <Tabs model={model} />
                  <TabBody model={model} actions={actions} openMenu={openMenu} />
                </>
              )}
              {viewed && <ValueViewer viewed={viewed} model={model} actions={actions} onClose={closeViewer} />}
            </section>
          </main>
        ) : (
          <main class="empty" tabIndex={-1}>
            <TraceNote traces={traces} />
            <PausedNote model={model} />
            {asideView ?? (
              <Doctor model={model} actions={actions}>
                {model.storeLook.value && <StoreLookView model={model} actions={actions} />}
              </Doctor>
            )}
          </main>
        )}
        {showsHelp && <Help onClose={() => setHelp(false)} />}
        <Tip tip={tip} />
        <footer>
          <StatusLine model={model} />
          <Announcer model={model} />
        </footer>
      </div>
    </BenchProvider>
  );
}

/** The same actions, and the panel says that something was copied. */
function withNotice(actions: PanelActions, bench: Workbench): PanelActions {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ...actions,
    copy(text) {
      actions.copy(text);
      bench.notice.value = 'Copied';
      clearTimeout(timer);
      timer = setTimeout(() => {
        bench.notice.value = '';
      }, NOTICE_MS);
    },
  };
}

/** Of a long recording, the rules look at a part at a time: the panel draws and takes keys between. */
function useChecking(model: PanelModel): void {
  useEffect(() => {
    let cancel: (() => void) | undefined;
    const check = () => {
      cancel = undefined;
      model.checkMore();
      if (!model.canCheck.peek()) return;
      const timer = setTimeout(check);
      cancel = () => clearTimeout(timer);
    };
    // No view is drawn again for each part.
    const stop = effect(() => {
      if (model.canCheck.value) cancel ??= afterPaint(check);
    });
    return () => {
      stop();
      cancel?.();
    };
  }, [model]);
}

/** Running requests grow with the clock; without one nothing ticks. */
function useClock(model: PanelModel): void {
  const isTicking = model.isTicking.value;
  // Expiry runs down, and a lost connection says for how long it has been.
  const isTimeShown = model.tab.value === 'cookie' || model.connection.value.stream === 'broken';
  useEffect(() => {
    if (!isTicking && !isTimeShown) return undefined;
    const timer = setInterval(model.tick, isTicking ? CLOCK_MS : 1_000);
    return () => clearInterval(timer);
  }, [model, isTicking, isTimeShown]);
}
