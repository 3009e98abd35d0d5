/** What lies between exchanges: pauses, gaps, restarts, and where the recording begins. */
import { formatDuration, formatTime, plural, requestOf, storesOf } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';
import { rowAttributes, type RowProps } from './row-attributes.ts';

export const DroppedRow = ({ row, index }: RowProps<'dropped'>) => (
  <div class="row between gap" {...rowAttributes(row, index)}>
    <span role="gridcell">{plural(row.count, 'older request')} were discarded: the panel keeps the newest.</span>
  </div>
);

/** A shorter pause is no news beside requests at once. */
const SAID_PAUSE_MS = 1_000;

export function BurstRow({ row, index }: RowProps<'burst'>) {
  const { burst, first, pauseMs } = row;
  const { atOnce, count } = burst;
  const all = `${atOnce} requests at once`;
  const what = atOnce < 2 ? requestOf(first).path : atOnce === count ? all : `${count} requests, ${atOnce} at once`;
  return (
    <div class="row between" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(burst.startAt)}
      </span>
      <span role="gridcell" class="cut">
        {pauseMs !== undefined && pauseMs >= SAID_PAUSE_MS && `${formatDuration(Math.max(0, pauseMs))} later · `}
        <b>{visibleText(what)}</b>
      </span>
    </div>
  );
}

const GAP_CAUSES = {
  evicted: "the server's log is bounded and had discarded them",
  'slow-reader': 'this panel read too slowly',
  'unknown-position': 'the log never reached that position',
  refused: 'the companion sent something that is not an event of this protocol',
} as const;

export function GapRow({ row, index }: RowProps<'gap'>) {
  const { count, cause } = row.gap.gap;
  const text = `${plural(count, 'event')} lost: ${GAP_CAUSES[cause]}. State starts again from the next load.`;
  return (
    <div class="row between gap" {...rowAttributes(row, index)}>
      <span role="gridcell" title={text}>
        {text}
      </span>
    </div>
  );
}

const LOST = 'What was in memory and in the log is lost.';

function restartText(middlewares: Parameters<typeof storesOf>[0]): string {
  const { emptied, unknown } = storesOf(middlewares);
  if (emptied.length > 0)
    return `${emptied.join(', ')} was emptied: cookies issued before the restart point to sessions that no longer exist.`;
  if (unknown.length > 0) return `Whether ${unknown.join(', ')} kept its records is not known. ${LOST}`;
  return `The sessions are kept. ${LOST}`;
}

export function EpochRow({ row, index }: RowProps<'epoch'>) {
  const { epoch } = row;
  const text = restartText(epoch.started.middlewares);
  return (
    <div class="row between epoch" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(epoch.at)}
      </span>
      <span role="gridcell" class="cut" title={visibleText(text)}>
        <b>Server restarted.</b> {visibleText(text)}
      </span>
    </div>
  );
}

/** Names of files that a folded row gives; the rest is their number. */
const NAMED = 4;

export function FoldedRow({ row, index, model, isSelected }: RowProps<'folded'>) {
  const { exchanges, isExpanded, key } = row;
  const missing = exchanges.filter(({ finished }) => finished?.status === 404).length;
  const files = exchanges.length - missing;
  const what = [files > 0 && plural(files, 'static file'), missing > 0 && `${missing} × 404`]
    .filter(Boolean)
    .join(', ');
  const names = exchanges.slice(0, NAMED).map((exchange) => requestOf(exchange).path.replace(/^.*\/(?=.)/, ''));
  return (
    <div
      class="row folded"
      {...rowAttributes(row, index)}
      aria-level={1}
      aria-expanded={isExpanded}
      aria-selected={isSelected}
      onClick={() => (isExpanded ? model.setRunOpen(key, false) : model.focusRow(index))}
      onDblClick={() => model.setRunOpen(key, !isExpanded)}
    >
      <span role="gridcell" class="number">
        <button
          type="button"
          class="twist"
          tabIndex={-1}
          aria-hidden="true"
          onMouseDown={(event) => event.preventDefault()}
          onClick={(event) => {
            event.stopPropagation();
            model.setRunOpen(key, !isExpanded);
          }}
        >
          {isExpanded ? '▾' : '▸'}
        </button>
      </span>
      <span role="gridcell" class="fold-text cut" title="None of them did anything to a session">
        {what} <span class="quiet">{visibleText(names.join(', ') + (exchanges.length > NAMED ? ', …' : ''))}</span>
      </span>
    </div>
  );
}
