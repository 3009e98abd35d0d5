/** Which requests the inspected tab sent, as far as DevTools, or the page itself, says so. Undecided is not this tab. */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import { type OwnRequest, ownExchanges } from '../recording/own-requests.ts';
import { type ExchangeRecord, isOfThisTab, isRunning } from '../recording/records.ts';
import type { Timeline } from '../recording/timeline.ts';
import type { SeenSince } from '../recording/trace.ts';

/** DevTools reports a response once the browser has all of it: later than this, it does not report it at all. */
export const HAR_WAIT_MS = 2_000;

/** A page that loads while DevTools is opening is not reported: 300 ms as measured, more on a busy machine. */
const EARLY_MS = 300;
const LATEST_SIGHT_MS = 5_000;

/** Only so many are asked after: the page's list holds some hundreds. */
const ASKED_ITEMS = 200;

interface SightOptions {
  timeline: Timeline;
  version: ReadonlySignal<number>;
  now: () => number;
  clock: ReadonlySignal<number>;
  /** When the panel was notified of an exchange's end, by its own clock. */
  endSeenAt: WeakMap<ExchangeRecord, number>;
  changed: () => void;
}

export function createSightModel({ timeline, version, now, clock, endSeenAt, changed }: SightOptions) {
  /** Epoch ms since which DevTools reports responses; `undefined`: not known; `never`: there is no DevTools here. */
  const seenSince = signal<SeenSince>(undefined);
  /** When the first request began that DevTools reported. */
  const firstReportedAt = signal(Number.POSITIVE_INFINITY);
  const asked = new WeakSet<ExchangeRecord>();

  /** From here on DevTools misses nothing. */
  const sightAt = computed(() =>
    typeof seenSince.value === 'number'
      ? Math.max(seenSince.value + EARLY_MS, Math.min(firstReportedAt.value, seenSince.value + LATEST_SIGHT_MS))
      : undefined,
  );
  const isBeforeSight = ({ at }: ExchangeRecord): boolean =>
    seenSince.value === 'never' || (sightAt.value !== undefined && at < sightAt.value);

  /** Ended, and DevTools had its time to report the response. */
  function isUnseen(exchange: ExchangeRecord): boolean {
    const { finished, started } = exchange;
    if (isOfThisTab(exchange) || finished === undefined || started === undefined) return false;
    if (now() - (endSeenAt.get(exchange) ?? 0) >= HAR_WAIT_MS) return true;
    void clock.value;
    return false;
  }

  /** It ran before DevTools could see requests: of this tab, or not. */
  const isPlaceUnknown = (exchange: ExchangeRecord): boolean =>
    seenSince.value !== 'never' && isBeforeSight(exchange) && isUnseen(exchange);

  /**
   * How many requests DevTools did not report, and the page has not been asked whether they are its own. Later ones
   * too: Firefox misses what a page sends while another process takes it over.
   */
  const unplaced = computed(() => {
    void version.value;
    void clock.value;
    if (typeof seenSince.value !== 'number') return 0;
    return timeline.items
      .slice(-ASKED_ITEMS)
      .filter((item) => item.kind === 'exchange' && !asked.has(item) && isUnseen(item)).length;
  });

  return {
    /** Ended, and this tab's DevTools would have reported it. */
    isElsewhere: (exchange: ExchangeRecord): boolean => isUnseen(exchange) && !isBeforeSight(exchange),
    isPlaceUnknown,
    /** This tab sent it, as the page says; DevTools did not report it. */
    isMissed: ({ har, isOwn }: ExchangeRecord): boolean => har === undefined && isOwn === true,
    /** It still runs: which tab sent it is known when its response has come. */
    isUndecided: (exchange: ExchangeRecord): boolean =>
      seenSince.value !== 'never' && exchange.har === undefined && isRunning(exchange),
    /** Whether this tab sent it. What is still running is shown until it is decided; what ended undecided is not. */
    isOfTab: (exchange: ExchangeRecord): boolean =>
      exchange.har !== undefined || exchange.isOwn === true || exchange.started === undefined || isRunning(exchange),
    /** From when on DevTools reports this tab's responses, epoch ms. `never`: the panel is a page of its own. */
    setSeenSince(at: SeenSince): void {
      seenSince.value = at;
    },
    /** DevTools reported a response to a request that began at this moment, epoch ms. */
    noteReported(at: number): void {
      if (typeof seenSince.value === 'number' && at >= seenSince.value && at < firstReportedAt.value)
        firstReportedAt.value = at;
    },
    unplaced: unplaced as ReadonlySignal<number>,
    /** The page's own list of its requests. */
    noteOwnRequests(own: readonly OwnRequest[]): void {
      const exchanges = timeline.items.filter((item): item is ExchangeRecord => item.kind === 'exchange');
      for (const exchange of exchanges) if (isUnseen(exchange)) asked.add(exchange);
      for (const exchange of ownExchanges(own, exchanges)) if (isUnseen(exchange)) timeline.noteOwn(exchange);
      changed();
    },
    /** Whether the browser's side can be known here at all. */
    seesBrowser: computed(() => seenSince.value !== 'never'),
    /** What a trace says of it, so that it reads the same there. */
    get seenSince(): SeenSince {
      return sightAt.value === undefined ? seenSince.value : sightAt.value - EARLY_MS;
    },
  };
}
