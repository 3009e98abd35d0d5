/** Which requests are shown, as rows: filter, scope, what is open. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { ExchangeRecord } from '../recording/records.ts';
import { type Filter, type Kind, parseFilter } from '../views/filter.ts';
import { isOfSession } from '../views/of-session.ts';
import { withNotes } from '../views/note-rows.ts';
import { RowList } from '../views/row-list.ts';
import type { Rows, RowsOptions } from '../views/rows.ts';
import { type RecordingModel, WATCHED_ITEMS } from './recording-model.ts';

export type ListModel = ReturnType<typeof createListModel>;

export function createListModel({ timeline, version, clock, now, hasRunning, sight, notes }: RecordingModel) {
  const filterText = signal('');
  const kind = signal<Kind>('all');
  const scope = signal<'tab' | 'all'>('all');
  /** The session whose requests alone are shown, by its first key. */
  const session = signal<string | undefined>(undefined);
  const showsDevtools = signal(false);
  const toggled = signal<ReadonlyMap<string, boolean>>(new Map());
  /** What *Expand all* and *Collapse all* said last; `undefined`: each exchange by its own rule. */
  const allOpen = signal<boolean | undefined>(undefined);

  const filter = computed<Filter>(() => parseFilter(filterText.value, kind.value));

  /** Whoever names a path means that request, whoever sent it. */
  const asksForPath = () => filter.value.terms.some(({ field, isNot }) => field === 'path' && !isNot);
  /** Looking for something, whatever is found is seen. */
  const isSearching = () => filter.value.terms.length > 0 || kind.value !== 'all';

  /** What decides which requests are shown, and which of them are open; asked of each of them, so that no signal is. */
  function optionsNow(): RowsOptions {
    const [searches, opened, all] = [isSearching(), toggled.value, allOpen.value];
    const showsNoise = showsDevtools.value || asksForPath();
    const ofAll = scope.value === 'all';
    const own = session.value;
    return {
      filter: filter.value,
      isInScope: (exchange, isDevtoolsNoise) =>
        (ofAll || sight.isOfTab(exchange)) &&
        (showsNoise || !isDevtoolsNoise) &&
        (own === undefined || isOfSession(timeline.items, exchange, own)),
      isExpanded: (exchange, isNotable) => opened.get(exchange.id) ?? all ?? (searches || isNotable),
      isRunOpen: (key) => opened.get(key) ?? all ?? false,
      foldsNoise: !searches,
      // A running exchange grows with the clock; without one, time changes nothing.
      now: hasRunning.value ? clock.value : now(),
      dropped: timeline.dropped,
    };
  }

  const rowList = new RowList();
  const takeChangedFrom = timeline.watchChanges();
  let shownBy: readonly unknown[] = [];
  let openBy: readonly unknown[] = [];
  let wasRunning = false;
  const made = computed<Rows>(() => {
    void version.value;
    const options = optionsNow();
    const isSame = (before: readonly unknown[], after: readonly unknown[]) =>
      after.every((part, index) => part === before[index]);
    const showsSame = isSame(
      shownBy,
      (shownBy = [filter.value, scope.value, session.value, showsDevtools.value, timeline.dropped]),
    );
    const opensSame = isSame(openBy, (openBy = [toggled.value, allOpen.value]));
    const changedFrom = takeChangedFrom();
    const tail = hasRunning.value || wasRunning ? Math.max(0, timeline.items.length - WATCHED_ITEMS) : changedFrom;
    wasRunning = hasRunning.value;
    const from = showsSame ? Math.min(changedFrom, tail) : 0;
    if (Number.isFinite(from)) rowList.update(timeline.items, from, options);
    if (!opensSame && from > 0) rowList.reopen(options);
    return rowList.made;
  });
  const rows = computed<Rows>(() =>
    // Looking for something, only requests are found.
    isSearching() ? made.value : { ...made.value, rows: withNotes(made.value.rows, notes.value) },
  );

  /** The requests that are shown: one set for rows, counts, octagons, steps, diff and scrubber. */
  const visible = computed<readonly ExchangeRecord[]>(() => made.value.exchanges);

  const isShown = computed(() => made.value.isShown);

  const counts = computed(() => {
    const { shown, total, exchanges, noise } = made.value;
    return { exchanges: exchanges.length, operations: total, shown, ofDevtools: noise };
  });

  return {
    filterText,
    kind,
    scope,
    session,
    showsDevtools,
    rows: rows as ReadonlySignal<Rows>,
    counts,
    visible,
    isVisible: (exchange: ExchangeRecord): boolean => isShown.value(exchange),
    setExpanded(exchange: ExchangeRecord, open: boolean): void {
      toggled.value = new Map(toggled.value).set(exchange.id, open);
    },
    /** Opens or closes a run of requests that is folded into one row. */
    setRunOpen(key: string, open: boolean): void {
      toggled.value = new Map(toggled.value).set(key, open);
    },
    setAllExpanded(open: boolean): void {
      batch(() => {
        toggled.value = new Map();
        allOpen.value = open;
      });
    },
    /** Every exchange is open or closed by its own rule again. */
    forgetExpanded(): void {
      batch(() => {
        toggled.value = new Map();
        allOpen.value = undefined;
      });
    },
    /** Shows only what this term lets pass as well: `path:/cart/`, `-key:cart`. */
    addTerm(term: string): void {
      const text = filterText.value.trim();
      if (!text.split(/\s+/).includes(term)) filterText.value = `${text} ${term}`.trim();
    },
  };
}
