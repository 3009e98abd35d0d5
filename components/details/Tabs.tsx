/** The tabs of the details, and what the chosen one shows. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type PanelModel, type Tab, TABS, worstCount } from '../../model/index.ts';
import { SeverityGlyph } from './findings/SeverityGlyph.tsx';
import { deferredView } from '../parts/deferred-view.tsx';
import type { OpenMenu } from '../parts/Menu.tsx';
import type { PanelActions } from '../frame/panel-actions.ts';
import { StateTab } from './state/StateTab.tsx';

// The state is what a panel opens with.
const DiffTab = deferredView((views) => views.DiffTab);
const CookieTab = deferredView((views) => views.CookieTab);
const FindingsTab = deferredView((views) => views.FindingsTab);
const ExchangeTab = deferredView((views) => views.ExchangeTab);
const LineageTab = deferredView((views) => views.LineageTab);

const TAB_LABELS: Record<Tab, string> = {
  state: 'State',
  diff: 'Diff',
  cookie: 'Cookie & expiry',
  findings: 'Findings',
  exchange: 'Request',
  lineage: 'Lineage',
};

export function Tabs({ model }: { model: PanelModel }) {
  const tab = model.tab.value;
  const bar = useRef<HTMLDivElement>(null);
  // Too narrow for all of them, the bar scrolls: the chosen one is whole.
  useLayoutEffect(() => {
    const chosen = bar.current?.querySelector<HTMLElement>('[aria-selected=true]');
    if (bar.current && chosen)
      bar.current.scrollLeft = chosen.offsetLeft - (bar.current.clientWidth - chosen.offsetWidth) / 2;
  }, [tab]);
  return (
    <div class="tabs" ref={bar} role="tablist" aria-label="Details">
      {TABS.map((name, index) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          title={`Key ${index + 1}`}
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
          {name === 'findings' && <FindingsCount model={model} />}
        </button>
      ))}
    </div>
  );
}

/** How many of the worst kind there are; of notes alone, none. */
function FindingsCount({ model }: { model: PanelModel }) {
  const counts = model.findingCounts.value;
  const worst = worstCount(counts);
  if (worst === undefined || worst === 'note') return null;
  return (
    <span class={`tab-count ${worst === 'problem' ? 'remove' : 'time'}`}>
      {' '}
      <SeverityGlyph severity={worst} /> {counts.problem + counts.warning}
    </span>
  );
}

interface TabBodyProps {
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

export function TabBody({ model, actions, openMenu }: TabBodyProps) {
  const tab = model.tab.value;
  return (
    <div
      class="tab-body"
      id="tab-body"
      role="tabpanel"
      aria-labelledby={`tab-${tab}`}
      // The state's tree takes the focus itself: one stop for each pane.
      tabIndex={tab === 'state' && model.state.value?.rows.length ? -1 : 0}
    >
      {tab === 'state' && <StateTab model={model} actions={actions} openMenu={openMenu} />}
      {tab === 'diff' && <DiffTab model={model} actions={actions} />}
      {tab === 'cookie' && <CookieTab model={model} actions={actions} />}
      {tab === 'findings' && <FindingsTab model={model} actions={actions} />}
      {tab === 'exchange' && <ExchangeTab model={model} actions={actions} />}
      {tab === 'lineage' && <LineageTab model={model} actions={actions} />}
    </div>
  );
}
