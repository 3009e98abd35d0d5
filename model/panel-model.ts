/** What the panel knows and what it shows: signals to read, intents to call. One for each panel; no DOM, no browser. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type {
  EncodedValue,
  KeyPath,
  OperationName,
  OperationRecorded,
  SessionAnswer,
  SessionscopeEvent,
} from '../protocol/index.ts';
import { type CookieView, cookieView } from './cookie-view.ts';
import { type DiffView, diffView } from './diff-view.ts';
import { type Cursor, type DiffBase, momentOf, sideBefore, writesBetween } from './diff-sides.ts';
import { type Connection, doctor, type DoctorView, UNKNOWN_CONNECTION } from './doctor.ts';
import { isOfDevtools } from './exchange-words.ts';
import { type Filter, type Kind, parseFilter } from './filter.ts';
import type { HarExchange } from './har.ts';
import { memoryAfter, type Moment, type Origin, originOf, type ValuePart, type Write } from './history.ts';
import { firstOfNavigation } from './navigation.ts';
import { isAmissRow, momentOfRow, nextRow, rowOf, stopsOf } from './row-steps.ts';
import { RowList, type Rows } from './rows.ts';
import { historyOf, sessionAt, type StateView, stateView } from './state-view.ts';
import { type ExchangeRecord, Timeline, type TimelineItem, isRunning } from './timeline.ts';

export const TABS = ['state', 'diff', 'cookie', 'exchange'] as const;
export type Tab = (typeof TABS)[number];

/** DevTools tells of a response once the browser has all of it: later than this, it does not tell of it at all. */
const HAR_WAIT_MS = 2_000;

/** Only the newest are watched for whether they still run: what hung long ago does not keep the panel awake. */
const WATCHED_ITEMS = 50;

/** How often whoever drives the clock is to `tick` while something changes by time alone. */
export const CLOCK_MS = 250;

export interface PanelModelOptions {
  /** Epoch ms; default the system's clock. */
  now?: () => number;
  /** Events kept; default 200,000. Past it the oldest exchanges go, and the timeline says so. */
  maxEvents?: number;
}

/** A look into the store on demand, at a time of its own. */
export interface StoreLook {
  answer: SessionAnswer;
  at: number;
}

export type PanelModel = ReturnType<typeof createPanelModel>;

// The model is one closure on purpose: each signal and intent is a line or a few, and all of them share the timeline.
export function createPanelModel({ now = Date.now, maxEvents }: PanelModelOptions = {}) {
  const timeline = new Timeline(maxEvents);
  /** Grows when the timeline changes. */
  const version = signal(0);
  const clock = signal(now());
  const filterText = signal('');
  const kind = signal<Kind>('all');
  const scope = signal<'tab' | 'all'>('all');
  const isPaused = signal(false);
  const preserve = signal(true);
  const tab = signal<Tab>('state');
  const toggled = signal<ReadonlyMap<string, boolean>>(new Map());
  const treeToggled = signal<ReadonlyMap<string, boolean>>(new Map());
  const chosen = signal<Moment | undefined>(undefined);
  const isLive = signal(true);
  const seenOperations = signal(0);
  const selectedPath = signal<KeyPath | undefined>(undefined);
  const diffBase = signal<DiffBase>('exchange');
  const marked = signal<Moment | undefined>(undefined);
  const showsUnchanged = signal(false);
  const showsDevtools = signal(false);
  const connection = signal<Connection>(UNKNOWN_CONNECTION);
  const storeLook = signal<StoreLook | undefined>(undefined);
  const held: SessionscopeEvent[] = [];
  const heldCount = signal(0);

  const filter = computed<Filter>(() => parseFilter(filterText.value, kind.value));
  const items = computed<readonly TimelineItem[]>(() => {
    void version.value;
    // A signal tells its readers of another array, not of a longer one.
    return timeline.items.slice();
  });

  /** When the panel was told of an exchange's end, by its own clock. */
  const endSeenAt = new WeakMap<ExchangeRecord, number>();
  /** Ended, and this tab's DevTools had its time to tell of the response. */
  function isElsewhere(exchange: ExchangeRecord): boolean {
    if (exchange.har !== undefined || exchange.finished === undefined || exchange.started === undefined) return false;
    if (now() - (endSeenAt.get(exchange) ?? 0) >= HAR_WAIT_MS) return true;
    void clock.value;
    return false;
  }
  /** DevTools' own request for each page is no part of the app's story, unless it did something to a session. */
  const isAside = (exchange: ExchangeRecord) =>
    isOfDevtools(exchange) && exchange.operations.every(({ operation }) => NOTHING_DONE.has(operation));
  const isInScope = (exchange: ExchangeRecord) =>
    (scope.value === 'all' || !isElsewhere(exchange)) &&
    (showsDevtools.value || filter.value.terms.length > 0 || !isAside(exchange));
  const isAsideItem = (item: TimelineItem) => item.kind === 'exchange' && isAside(item);
  const isExpanded = (exchange: ExchangeRecord) => toggled.value.get(exchange.id) ?? isNotable(exchange);

  const hasRunning = computed(() => {
    void version.value;
    return timeline.items.slice(-WATCHED_ITEMS).some((item) => item.kind === 'exchange' && isRunning(item));
  });
  /** Something on screen will change by time alone. */
  const isTicking = computed(() => {
    void version.value;
    void clock.value;
    return (
      hasRunning.value ||
      timeline.items
        .slice(-WATCHED_ITEMS)
        .some((item) => item.kind === 'exchange' && now() - (endSeenAt.get(item) ?? 0) < HAR_WAIT_MS + CLOCK_MS)
    );
  });
  const rowList = new RowList();
  let rowsBasis: readonly unknown[] = [];
  let wasRunning = false;
  const rows = computed<Rows>(() => {
    void version.value;
    // A running exchange grows with the clock; without one, time changes nothing.
    const at = hasRunning.value ? clock.value : now();
    const basis = [filter.value, toggled.value, scope.value, showsDevtools.value, timeline.dropped];
    // Who is from elsewhere is known by time alone: in this tab, all are asked anew.
    const isSame = scope.value === 'all' && basis.every((part, index) => part === rowsBasis[index]);
    const changedFrom = timeline.takeChangedFrom();
    const tail = hasRunning.value || wasRunning ? Math.max(0, timeline.items.length - WATCHED_ITEMS) : changedFrom;
    rowsBasis = basis;
    wasRunning = hasRunning.value;
    return rowList.update(timeline.items, isSame ? Math.min(changedFrom, tail) : 0, {
      filter: filter.value,
      isExpanded,
      isInScope,
      now: at,
      dropped: timeline.dropped,
    });
  });

  const lastCursor = computed<Cursor | undefined>(() => {
    void version.value;
    let latest: ExchangeRecord | undefined;
    for (let index = timeline.items.length - 1; index >= 0; index--) {
      const item = timeline.items[index]!;
      if (item.kind !== 'exchange' || !isInScope(item) || isOfDevtools(item)) continue;
      latest ??= item;
      // The newest with something to show: a request for a picture is no moment to look at.
      if (item.operations.length > 0) return { exchange: item, index: item.operations.length };
    }
    return latest && { exchange: latest, index: latest.operations.length };
  });
  const cursor = computed<Cursor | undefined>(() => {
    void version.value;
    const moment = chosen.value;
    if (isLive.value || moment === undefined) return lastCursor.value;
    const exchange = timeline.exchange(moment.exchange);
    return exchange === undefined
      ? lastCursor.value
      : { exchange, index: Math.min(moment.index, exchange.operations.length) };
  });

  /** Key of the row that was moved to, while it stands for the moment at the cursor. */
  const focusedKey = signal<string | undefined>(undefined);
  const selectedRow = computed<number>(() => {
    const all = rows.value.rows;
    const at = cursor.value;
    const found = rowOf(all, at);
    // An open exchange and its last operation stand for the same moment: the one that was chosen is selected.
    const chosenKey = focusedKey.value;
    if (chosenKey === undefined || at === undefined) return found;
    const header = all.findLastIndex(({ kind: own }, index) => index <= found && own === 'exchange');
    for (let index = found; index >= Math.max(header, 0); index--)
      if (all[index]!.key === chosenKey && momentOfRow(all[index]!)?.index === at.index) return index;
    return found;
  });

  const state = computed<StateView | undefined>(() => {
    void version.value;
    const at = cursor.value;
    return at && stateView(timeline.items, at.exchange, momentOf(at), treeToggled.value);
  });
  const keyHistory = computed<Write[]>(() => {
    void version.value;
    const at = cursor.value;
    const path = selectedPath.value;
    const session = at && sessionAt(at.exchange, at.index);
    return at === undefined || path === undefined || session === undefined
      ? []
      : historyOf(timeline.items, momentOf(at), session, path);
  });

  /** The two sides of the diff, with what each of them is. */
  const diffSides = computed(() => {
    void version.value;
    const at = cursor.value;
    if (at === undefined) return undefined;
    const { exchange, index } = at;
    const after = memoryAfter(exchange.operations, index);
    const other = marked.value && timeline.exchange(marked.value.exchange);
    const before = sideBefore(
      timeline.items,
      at,
      effectiveBase.value,
      other && { exchange: other, index: marked.value!.index },
    );
    return { before: before?.value, since: before?.moment, after, base: effectiveBase.value };
  });
  const effectiveBase = computed<DiffBase>(() =>
    diffBase.value === 'marked' && marked.value === undefined ? 'exchange' : diffBase.value,
  );

  const diff = computed<DiffView | undefined>(() => {
    const sides = diffSides.value;
    const at = cursor.value;
    if (sides === undefined || at === undefined) return undefined;
    return diffView(sides.before, sides.after, writesBetween(timeline.items, sides.since, at), showsUnchanged.value);
  });

  const cookie = computed<CookieView | undefined>(() => {
    void version.value;
    const at = cursor.value;
    return at && cookieView(timeline.items, at.exchange);
  });

  const counts = computed(() => {
    void version.value;
    const { shown, total, exchanges } = rows.value;
    return { exchanges, operations: total, shown, ofDevtools: timeline.items.filter(isAsideItem).length };
  });
  /** Operations that came while something older was being looked at. */
  const unseen = computed(() => (isLive.value ? 0 : Math.max(0, counts.value.operations - seenOperations.value)));

  const doctorView = computed<DoctorView>(() => doctor(connection.value));

  // ── intents ────────────────────────────────────────────────────────────────

  const changed = () => {
    version.value += 1;
  };

  /** Takes events in, in any order and any number of times. Paused, they wait and are counted. */
  function receive(events: readonly SessionscopeEvent[]): void {
    if (isPaused.value) {
      held.push(...events);
      heldCount.value = held.length;
      return;
    }
    batch(() => {
      let isNew = false;
      for (const event of events) {
        const isNewEvent = timeline.receive(event);
        isNew ||= isNewEvent;
        const ended = isNewEvent && event.type === 'exchange-finished' ? timeline.exchange(event.exchange) : undefined;
        if (ended !== undefined) endSeenAt.set(ended, now());
      }
      if (!isNew) return;
      changed();
      clock.value = now();
    });
  }

  function setPaused(paused: boolean): void {
    batch(() => {
      isPaused.value = paused;
      if (paused) return;
      const waiting = held.splice(0);
      heldCount.value = 0;
      receive(waiting);
    });
  }

  function clear(): void {
    batch(() => {
      timeline.clear();
      held.length = 0;
      heldCount.value = 0;
      chosen.value = undefined;
      marked.value = undefined;
      isLive.value = true;
      toggled.value = new Map();
      storeLook.value = undefined;
      changed();
    });
  }

  /** The inspected page went elsewhere: what belongs to the page before goes, unless it is to be preserved. */
  function noteNavigation(url: string): void {
    if (preserve.value) return;
    const first = firstOfNavigation(timeline.items, url, now());
    if (first === undefined) clear();
    else {
      batch(() => {
        timeline.clearBefore(first);
        chosen.value = undefined;
        marked.value = undefined;
        isLive.value = true;
        changed();
      });
    }
  }

  /** Stays where the cursor is, while new operations come. */
  function stay(): void {
    if (cursor.value !== undefined) select(momentOf(cursor.value));
    isLive.value = false;
  }

  function select(moment: Moment): void {
    batch(() => {
      chosen.value = moment;
      focusedKey.value = undefined;
      const last = lastCursor.value;
      // The newest moment is live until it is left: selecting it is staying.
      isLive.value =
        last !== undefined &&
        last.exchange.id === moment.exchange &&
        moment.index >= last.exchange.operations.length &&
        hasRunning.value;
      seenOperations.value = counts.value.operations;
    });
  }

  function goLive(): void {
    batch(() => {
      isLive.value = true;
      chosen.value = undefined;
      focusedKey.value = undefined;
    });
  }

  /** To a row: its moment, and where it and its last operation are one moment, to this of the two. */
  function focusRow(index: number): void {
    const row = rows.value.rows[index];
    const moment = row && momentOfRow(row);
    if (moment === undefined) return;
    batch(() => {
      select(moment);
      focusedKey.value = row!.key;
      if (row!.kind === 'operation' && row!.operations.at(-1)!.path)
        selectedPath.value = row!.operations.at(-1)!.path!.slice(0, 1);
    });
  }

  /** To the next (1) or previous (−1) row. */
  const moveRow = (by: 1 | -1): void => focusRow(nextRow(rows.value.rows, selectedRow.value, by, () => true));

  /** To the next or previous exchange in which something went wrong. */
  const stepAmiss = (by: 1 | -1): void => focusRow(nextRow(rows.value.rows, selectedRow.value, by, isAmissRow));

  /** Opens or closes the exchange at the cursor; a row inside one that is closed goes to it first. */
  function setOpen(open: boolean): void {
    const { rows: all } = rows.value;
    const row = all[selectedRow.value];
    if (row === undefined || !('exchange' in row)) return;
    if (row.kind === 'operation' && !open)
      focusRow(all.findLastIndex(({ kind }, at) => at < selectedRow.value && kind === 'exchange'));
    else if (row.kind === 'exchange' && open && row.isExpanded) moveRow(1);
    else if (row.kind === 'exchange') toggle(toggled, row.exchange.id, open);
  }

  /** To the next (1) or previous (−1) operation on screen. */
  function step(by: 1 | -1): void {
    const all = stopsOf(rows.value.rows);
    const at = cursor.value;
    if (all.length === 0 || at === undefined) return;
    const here = all.findIndex((moment) => moment.exchange === at.exchange.id && moment.index >= at.index);
    const next = all[here < 0 ? all.length - 1 : Math.min(Math.max(here + by, 0), all.length - 1)];
    if (next) select(next);
  }

  /** To the next or previous write of the selected key. */
  function stepWrite(by: 1 | -1): void {
    const path = selectedPath.value;
    const at = cursor.value;
    const session = at && sessionAt(at.exchange, at.index);
    if (path === undefined || at === undefined || session === undefined) return;
    const all = timeline.items.flatMap((item) =>
      item.kind !== 'exchange'
        ? []
        : item.operations.flatMap((operation, index) =>
            operation.session === session && operation.operation !== 'get' && operation.path?.[0] === path[0]
              ? [{ exchange: item.id, index: index + 1, epoch: item.epoch, seq: operation.seq }]
              : [],
          ),
    );
    const here = { epoch: at.exchange.epoch, seq: at.exchange.operations[at.index - 1]?.seq ?? at.exchange.seq };
    const next =
      by > 0
        ? all.find((write) => timeline.isAfter(write, here))
        : all.findLast((write) => timeline.isAfter(here, write));
    if (next) select({ exchange: next.exchange, index: next.index });
  }

  function first(): void {
    const [moment] = stopsOf(rows.value.rows);
    if (moment) select(moment);
  }

  const toggle = (map: typeof toggled, key: string, open: boolean) => {
    map.value = new Map(map.value).set(key, open);
  };

  return {
    // What is shown.
    items,
    rows: rows as ReadonlySignal<Rows>,
    cursor,
    /** Index of the row that is selected; −1: it is not shown. */
    selectedRow,
    state,
    keyHistory,
    diff,
    diffSides,
    cookie,
    counts,
    unseen,
    heldCount: heldCount as ReadonlySignal<number>,
    hasRunning,
    isTicking,
    isElsewhere,
    clock: clock as ReadonlySignal<number>,
    connection: connection as ReadonlySignal<Connection>,
    doctor: doctorView,
    storeLook: storeLook as ReadonlySignal<StoreLook | undefined>,
    isLive: isLive as ReadonlySignal<boolean>,
    epoch: computed(() => {
      void version.value;
      return timeline.latestEpoch;
    }),
    marked: marked as ReadonlySignal<Moment | undefined>,
    isPaused: isPaused as ReadonlySignal<boolean>,
    // What the user sets; views may write these.
    filterText,
    kind,
    scope,
    preserve,
    tab,
    selectedPath,
    diffBase,
    showsUnchanged,
    /** Whether requests that DevTools itself sent are shown though they did nothing. */
    showsDevtools,
    // What comes in.
    receive,
    seeHarEntry(har: HarExchange): void {
      if (har.fromCache) return;
      timeline.see(har);
      changed();
    },
    noteNavigation,
    setConnection(change: Partial<Connection>): void {
      connection.value = { ...connection.value, ...change };
    },
    setStoreReading(answer: SessionAnswer): void {
      storeLook.value = { answer, at: answer.store.at };
    },
    /** A value that was fetched on demand: it stands from now on where the cut one stood. */
    setLoaded(operation: OperationRecorded, part: ValuePart, path: KeyPath, value: EncodedValue): void {
      if (timeline.complete(operation, part, path, value)) changed();
    },
    /** What told the value at `path` of the session at the cursor, to fetch the whole of it. */
    originOf(path: KeyPath): Origin | undefined {
      const at = cursor.value;
      return at && originOf(at.exchange.operations, at.index, path);
    },
    tick(): void {
      clock.value = now();
    },
    // What the user does.
    clear,
    setPaused,
    select,
    stay,
    goLive,
    focusRow,
    moveRow,
    setOpen,
    step,
    stepAmiss,
    stepWrite,
    first,
    /** Shows only what this term lets pass as well: `path:/cart/`, `-key:cart`. */
    addTerm(term: string): void {
      const text = filterText.value.trim();
      if (!text.split(/\s+/).includes(term)) filterText.value = `${text} ${term}`.trim();
    },
    /** Shows the diff of a moment with what `base` says. */
    compare(moment: Moment, base: DiffBase): void {
      batch(() => {
        select(moment);
        diffBase.value = base;
        tab.value = 'diff';
      });
    },
    mark(): void {
      const at = cursor.value;
      if (at === undefined) return;
      marked.value = momentOf(at);
      diffBase.value = 'marked';
    },
    setExpanded: (exchange: ExchangeRecord, open: boolean) => toggle(toggled, exchange.id, open),
    isExpanded,
    setTreeExpanded: (key: string, open: boolean) => toggle(treeToggled, key, open),
    exchange: (id: string) => timeline.exchange(id),
    epochOf: (id: string) => timeline.epoch(id),
  };
}

/** What leaves a session, its record and its cookie as they were. */
const NOTHING_DONE: ReadonlySet<OperationName> = new Set(['load', 'get', 'create', 'touch']);

/** An exchange that did more than load and touch is opened by itself. */
const isNotable = ({ operations, finished }: ExchangeRecord): boolean =>
  finished === undefined ||
  operations.some(({ operation }) => operation !== 'load' && operation !== 'touch' && operation !== 'create');
