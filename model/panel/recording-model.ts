/** What came in: the timeline behind one signal, what waits while paused, and which requests this tab saw. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { EncodedValue, KeyPath, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import type { HarExchange } from '../recording/har.ts';
import { type CookieChange, unexplained, withChange } from '../recording/cookie-changes.ts';
import type { JarChange } from '../recording/jar.ts';
import { type BrowserNote, isCachedTypeShown, MAX_CACHED } from '../recording/browser-notes.ts';
import { HeaderlessResponses } from '../recording/headerless.ts';
import { hostOf } from '../recording/host.ts';
import { CountedNames } from '../recording/counted-names.ts';
import { HeldEvents } from '../recording/held-events.ts';
import { firstOfNavigation } from '../recording/navigation.ts';
import { serverName } from '../recording/epochs.ts';
import { onDemand } from './on-demand.ts';
import { createSightModel, HAR_WAIT_MS } from './sight-model.ts';
import { Timeline } from '../recording/timeline.ts';
import { type ExchangeRecord, isRunning, type TimelineItem, type ValuePart } from '../recording/records.ts';

/** Only the newest are watched for whether they still run: what hung long ago does not keep the panel awake. */
export const WATCHED_ITEMS = 50;

/** How often whoever drives the clock is to `tick` while something changes by time alone. */
export const CLOCK_MS = 250;

/** What has come is new for this long, and up to a step more: each step draws all that is new once more. */
const NEW_MS = 300;
const NEW_STEP_MS = 300;

/** While a long past comes in parts, it is drawn so often: what is drawn is soon another. */
export const LOADING_MS = 1_000;

export interface RecordingModelOptions {
  /** Epoch ms; default the system's clock. */
  now?: () => number;
  /** Events kept; default 200,000. Past it the oldest exchanges go, and the timeline says so. */
  maxEvents?: number;
}

/** Time for a response with our header to be seen before one without it is looked for. */
const HEADER_WAIT_MS = 700;

export type RecordingModel = ReturnType<typeof createRecordingModel>;

export function createRecordingModel({ now = Date.now, maxEvents }: RecordingModelOptions = {}) {
  const timeline = new Timeline(maxEvents);
  /** Grows when the timeline changes. */
  const version = signal(0);
  const clock = signal(now());
  const newSince = computed(() => Math.floor(clock.value / NEW_STEP_MS) * NEW_STEP_MS - NEW_MS);
  const isPaused = signal(false);
  const isLoading = signal(false);
  const preserve = signal(true);
  const held = new HeldEvents();
  const heldCount = signal(0);
  const cookieChanges = signal<readonly CookieChange[]>([]);
  const cached = signal<readonly BrowserNote[]>([]);
  const headerless = new HeaderlessResponses();
  /** Responses that were tied without our header. */
  const headerRemoved = signal(0);

  const items = computed<readonly TimelineItem[]>(() => {
    void version.value;
    // A signal notifies its readers of another array, not of a longer one.
    return timeline.items.slice();
  });

  const hasRecord = computed(() => {
    void version.value;
    return timeline.items.length > 0;
  });

  /** When the panel was notified of an exchange's end, by its own clock. */
  const endSeenAt = new WeakMap<ExchangeRecord, number>();

  const changed = () => {
    version.value += 1;
  };
  const sight = createSightModel({ timeline, version, now, clock, endSeenAt, changed });

  /** A proxy removes our header: what exactly one response fits is tied to it. */
  function matchHeaderless(): void {
    const settled = timeline.items
      .slice(-WATCHED_ITEMS)
      .filter(
        (item): item is ExchangeRecord =>
          item.kind === 'exchange' && now() - (endSeenAt.get(item) ?? 0) >= HEADER_WAIT_MS,
      );
    const matches = headerless.match(settled);
    for (const { exchange, har } of matches)
      timeline.see({ ...har, exchanges: [exchange.id], isMatchedWithoutHeader: true });
    if (matches.length === 0) return;
    headerRemoved.value += matches.length;
    changed();
  }

  const hosts = new CountedNames(hostOf);
  const takeChangedFrom = timeline.watchChanges();
  /** Asked by each row that is drawn. */
  const hasSeveralHosts = computed(() => {
    void version.value;
    hosts.update(timeline.items, takeChangedFrom());
    return hosts.count > 1;
  });
  const hasRunning = computed(() => {
    void version.value;
    return timeline.items.slice(-WATCHED_ITEMS).some((item) => item.kind === 'exchange' && isRunning(item));
  });
  /** Something on screen will change by time alone. */
  const isTicking = computed(() => {
    void version.value;
    void clock.value;
    return (
      isLoading.value ||
      hasRunning.value ||
      timeline.items
        .slice(-WATCHED_ITEMS)
        .some((item) => item.kind === 'exchange' && now() - (endSeenAt.get(item) ?? 0) < HAR_WAIT_MS + CLOCK_MS)
    );
  });

  /** Taken in, and not shown yet. */
  let isWaiting = false;
  let shownAt = 0;

  const show = () => {
    isWaiting = false;
    shownAt = now();
    changed();
    clock.value = now();
  };

  /**
   * Takes events in, in any order and any number of times. Paused, they wait and are counted. `isMore`: they are a part of
   * the past, and the next is on its way; the first part is shown at once, the others once a second.
   */
  function receive(events: readonly SessionscopeEvent[], isMore = false): void {
    if (isPaused.value) {
      held.add(events);
      heldCount.value = held.count;
      return;
    }
    batch(() => {
      for (const event of events) {
        const isNewEvent = timeline.receive(event);
        isWaiting ||= isNewEvent;
        const ended = isNewEvent && event.type === 'exchange-finished' ? timeline.exchange(event.exchange) : undefined;
        if (ended !== undefined) endSeenAt.set(ended, now());
      }
      if (isWaiting && !(isMore && isLoading.value && now() - shownAt < LOADING_MS)) show();
      isLoading.value = isMore;
    });
  }

  function setPaused(paused: boolean): void {
    batch(() => {
      isPaused.value = paused;
      if (paused) return;
      const waiting = held.take();
      heldCount.value = 0;
      receive(waiting);
    });
  }

  function clear(): void {
    batch(() => {
      timeline.clear();
      held.clear();
      cookieChanges.value = [];
      cached.value = [];
      headerless.clear();
      heldCount.value = 0;
      changed();
    });
  }

  /** Forgets what belongs to the page before, unless it is to be preserved. Returns how much was discarded. */
  function noteNavigation(page: { url: string; at: number }): 'nothing' | 'some' | 'all' {
    // Paused, the panel stands still: nothing goes while somebody reads it.
    if (preserve.value || isPaused.value) return 'nothing';
    const first = firstOfNavigation(timeline.items, page);
    if (first === undefined) return 'all';
    timeline.clearBefore(first);
    changed();
    return 'some';
  }

  const unexplainedChanges = computed<readonly CookieChange[]>(() => {
    void version.value;
    // Without a change there is nothing to wait for.
    if (cookieChanges.value.length === 0) return [];
    return unexplained(cookieChanges.value, timeline.items, Math.max(clock.value, now()));
  });

  const notes = computed<readonly BrowserNote[]>(() => {
    const changes = unexplainedChanges.value.map((change): BrowserNote => ({ what: 'cookie', at: change.at, change }));
    return [...changes, ...cached.value].toSorted((a, b) => a.at - b.at);
  });

  /** The server was not asked. */
  function noteCached(note: Omit<Extract<BrowserNote, { what: 'cached' }>, 'what'>): void {
    if (
      isPaused.value ||
      cached.value.some(({ at, ...other }) => at === note.at && 'url' in other && other.url === note.url)
    )
      return;
    cached.value = [...cached.value, { what: 'cached' as const, ...note }].slice(-MAX_CACHED);
  }

  return {
    timeline,
    version: version as ReadonlySignal<number>,
    now,
    items,
    hasRecord,
    clock: clock as ReadonlySignal<number>,
    /** By our clock and the server's: what came later has just come. */
    newSince,
    isPaused: isPaused as ReadonlySignal<boolean>,
    heldCount: heldCount as ReadonlySignal<number>,
    /** Whether what was recorded stays when the page goes elsewhere. */
    preserve,
    hasRunning,
    isTicking,
    sight,
    /** Name and port of the server that ran a request; `undefined` where the recording has one server only. */
    serverOf(exchange: ExchangeRecord): string | undefined {
      void version.value;
      const names = new Set(timeline.lives.flatMap(({ started }) => serverName(started) ?? []));
      return names.size < 2 ? undefined : serverName(exchange.life.started);
    },
    latestEpoch: computed(() => {
      void version.value;
      return timeline.latestEpoch;
    }),
    receive,
    /** Parts of the past are on their way: what is shown is not all of it. */
    isLoading: isLoading as ReadonlySignal<boolean>,
    see(har: HarExchange): void {
      if (har.fromCache || har.fromServiceWorker === true) {
        if (isCachedTypeShown(har.resourceType))
          noteCached({
            at: har.startedAt,
            url: har.url,
            by: har.fromServiceWorker === true ? 'service-worker' : 'browser',
          });
        return;
      }
      headerless.remove(har);
      timeline.see(har);
      changed();
    },
    /** A response without our header, of an origin at which a companion answers. */
    seeHeaderless(har: HarExchange): void {
      headerless.add(har);
      matchHeaderless();
    },
    headerRemoved: headerRemoved as ReadonlySignal<number>,
    /** The host by which the browser asked; `undefined` where the recording has one host only. */
    hostOf: (exchange: ExchangeRecord): string | undefined => (hasSeveralHosts.value ? hostOf(exchange) : undefined),
    /** Every change of the session's cookie in the jar, in order. */
    jarChanges: cookieChanges as ReadonlySignal<readonly CookieChange[]>,
    /** What no response of the recording did to the session's cookie. */
    unexplainedChanges,
    /** What the browser did without the server, in order. */
    notes,
    noteCached,
    /** The browser reports that the session's cookie changed in its jar. */
    noteCookieChange(change: JarChange): void {
      cookieChanges.value = withChange(cookieChanges.value, change);
    },
    /** A value that was fetched on demand: it stands from now on where the cut one stood. */
    complete(operation: OperationRecorded, part: ValuePart, path: KeyPath, value: EncodedValue): void {
      if (timeline.complete(operation, part, path, value)) changed();
    },
    setPaused,
    clear,
    noteNavigation,
    /** What is recorded from the first of these requests to the last, as the text of a file. */
    traceText(shown: readonly ExchangeRecord[]): string {
      const { stretchOf, traceText } = onDemand.loaded;
      const items = stretchOf(timeline.items, shown);
      const from = items[0]?.orderAt ?? 0;
      return traceText({
        items,
        servers: timeline.lives.flatMap(({ started }) => started ?? []),
        notes: notes.value.filter(({ at }) => at >= from),
        seenSince: sight.seenSince,
        savedAt: now(),
      });
    },
    /** Notes of a trace: its own changes of cookies are those that no response explained. */
    restoreNotes(all: readonly BrowserNote[]): void {
      cookieChanges.value = all.flatMap((note) => (note.what === 'cookie' ? note.change : []));
      cached.value = all.filter(({ what }) => what === 'cached');
    },
    tick(): void {
      if (isWaiting && now() - shownAt >= LOADING_MS) show();
      clock.value = now();
      matchHeaderless();
    },
  };
}
