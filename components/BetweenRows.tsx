/** What lies between exchanges: pauses, gaps, restarts, and where the recording begins. */
import { formatDuration, formatTime, plural, requestOf } from '../model/index.ts';
import { rowAttributes, type RowProps } from './row-attributes.ts';

export const DroppedRow = ({ row, index }: RowProps<'dropped'>) => (
  <div class="row between gap" {...rowAttributes(row, index)}>
    <span role="gridcell">{plural(row.count, 'older exchange')} went: the panel keeps the newest.</span>
  </div>
);

export function BurstRow({ row, index }: RowProps<'burst'>) {
  const { burst, first, pauseMs } = row;
  const what = burst.isConcurrent ? `${burst.count} requests at once` : requestOf(first).path;
  return (
    <div class="row between" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(burst.startAt)}
      </span>
      <span role="gridcell" class="cut">
        {pauseMs !== undefined && `${formatDuration(Math.max(0, pauseMs))} later · `}
        <b>{what}</b>
      </span>
    </div>
  );
}

const GAP_CAUSES = {
  evicted: "the server's log is bounded and had let them go",
  'slow-reader': 'this panel read too slowly',
  'unknown-position': 'the log has never been that far',
} as const;

export function GapRow({ row, index }: RowProps<'gap'>) {
  const { count, cause } = row.gap.gap;
  const text = `${plural(count, 'event')} not held: ${GAP_CAUSES[cause]}. State starts anew from the next load.`;
  return (
    <div class="row between gap" {...rowAttributes(row, index)}>
      <span role="gridcell" title={text}>
        {text}
      </span>
    </div>
  );
}

export function EpochRow({ row, index }: RowProps<'epoch'>) {
  const { epoch } = row;
  const isEmptied = epoch.started.middlewares.some(({ store }) => store === 'MemoryStore');
  const text = isEmptied
    ? 'MemoryStore was emptied with it: cookies from before name sessions that are gone.'
    : 'The store kept its records; what was in memory and in the log is gone.';
  return (
    <div class="row between epoch" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(epoch.at)}
      </span>
      <span role="gridcell" class="cut" title={text}>
        <b>Server restarted.</b> {text}
      </span>
    </div>
  );
}
