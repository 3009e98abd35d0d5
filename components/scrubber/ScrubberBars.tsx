/** What stands on the scrubber's line: bars for requests, marks for problems, hatches for gaps, lines for restarts. */
import type { JSX } from 'preact';
import {
  endOf,
  type ExchangeRecord,
  hasProblem,
  isRunning,
  type Lanes,
  type PanelModel,
  type Severity,
  type TimelineItem,
} from '../../model/index.ts';
import { SeverityGlyph } from '../details/findings/SeverityGlyph.tsx';

/** More bars than this can't be distinguished: of more, the newest are drawn. */
const MAX_BARS = 600;

/** Places on the line that can be distinguished: what stands at one of them is drawn once. */
const PLACES = 2_000;

const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'flush', 'cycle-key']);

/** Percent left free at both ends, so that the first bar and the cursor at the last are whole. */
export const MARGIN = 1;

/** Where an instant stands on the line, percent: `place` never beyond its ends. */
export function scaleOf(startAt: number, endAt: number) {
  const share = (at: number) => ((at - startAt) / (endAt - startAt)) * (100 - 2 * MARGIN) + MARGIN;
  return { share, place: (at: number) => `${Math.min(100, Math.max(0, share(at)))}%` };
}

/** The requests that are drawn. `range`: of a stretch alone. */
export function newestIn(
  exchanges: readonly ExchangeRecord[],
  range: { startAt: number; endAt: number } | undefined,
  now: number,
): readonly ExchangeRecord[] {
  if (range === undefined) return exchanges.slice(-MAX_BARS);
  return exchanges
    .filter((exchange) => exchange.at <= range.endAt && endOf(exchange, now) >= range.startAt)
    .slice(-MAX_BARS);
}

interface ScrubberBarsProps {
  model: PanelModel;
  startAt: number;
  endAt: number;
  isWhole: boolean;
  /** Absent: all in one. */
  lanes: Lanes | undefined;
}

/** px: above the bars stand times and marks. */
export const HEAD_PX = 16;
/** px of one lane; labels beside it are as high. */
export const LANE_PX = 14;
/** px: without lanes two rows of bars, so that requests at once are two. */
const ROW_PX = 7;

/** Drawn again with the recording, not with each moment that is looked at. */
export function ScrubberBars({ model, startAt, endAt, isWhole, lanes }: ScrubberBarsProps) {
  const items = model.items.value;
  const now = model.hasRunning.value ? model.clock.value : 0;
  const { share, place } = scaleOf(startAt, endAt);
  const newest = newestIn(model.visible.value, isWhole ? undefined : { startAt, endAt }, now);
  const round = (percent: number) => Math.round((percent * PLACES) / 100);
  const bars = new Map<string, JSX.Element>();
  const marks = new Map<string, JSX.Element>();
  newest.forEach((exchange, row) => {
    const left = place(exchange.at);
    const width = share(Math.min(endAt, endOf(exchange, now))) - Math.max(MARGIN, share(exchange.at));
    const name = barClass(exchange);
    const at = round(share(exchange.at));
    const offset = lanes === undefined ? 0 : lanes.of(exchange) * LANE_PX;
    const top = HEAD_PX + offset + (row % 2) * ROW_PX;
    const bar = `${at} ${round(width)} ${top} ${name}`;
    if (!bars.has(bar)) {
      const style = { left, width: `${width}%`, top: `${top}px` };
      bars.set(bar, <i key={exchange.id} class={name} style={style} />);
    }
    const severity: Severity | undefined = hasProblem(exchange) ? 'problem' : model.worstFindingOf(exchange);
    const mark = `${at} ${severity}`;
    if (severity !== undefined && !marks.has(mark))
      marks.set(
        mark,
        <span key={`amiss${exchange.id}`} class="amiss" style={{ left }}>
          <SeverityGlyph severity={severity} />
        </span>,
      );
  });
  return (
    <>
      {[...bars.values()]}
      {betweenMarks(items, place, startAt)}
      {[...marks.values()]}
    </>
  );
}

const barClass = (exchange: ExchangeRecord): string =>
  isRunning(exchange) ? 'running' : exchange.operations.some(({ operation }) => WRITES.has(operation)) ? 'writes' : '';

/** Gaps, hatched up to what was seen next; restarts, as two lines. */
function betweenMarks(items: readonly TimelineItem[], place: (at: number) => string, startAt: number) {
  const marks: JSX.Element[] = [];
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!;
    if (item.kind === 'exchange') continue;
    const left = place(item.at);
    if (item.kind === 'epoch') {
      marks.push(<i key={item.epoch} class="epoch" style={{ left }} title="Server restarted" />);
      continue;
    }
    const next = items[at + 1];
    // Nothing is known of how long what was lost at the start had lasted.
    const isOpen = item.at <= startAt || next === undefined || next.at <= item.at;
    const style = isOpen ? { left } : { left, width: `calc(${place(next.at)} - ${left})` };
    marks.push(<i key={`gap${item.seq}`} class="gap" style={style} title={`${item.gap.count} events lost`} />);
  }
  return marks;
}
