/** One row of the timeline, by kind. */
import { BrowserRow } from './BrowserRow.tsx';
import { BurstRow, DroppedRow, EpochRow, FoldedRow, GapRow } from './BetweenRows.tsx';
import { ExchangeRow } from './ExchangeRow.tsx';
import { OperationRow, RunningRow } from './OperationRow.tsx';
import type { RowProps } from './row-attributes.ts';

export function TimelineRow(props: RowProps) {
  switch (props.row.kind) {
    case 'burst':
      return <BurstRow {...(props as RowProps<'burst'>)} />;
    case 'exchange':
      return <ExchangeRow {...(props as RowProps<'exchange'>)} />;
    case 'operation':
      return <OperationRow {...(props as RowProps<'operation'>)} />;
    case 'running':
      return <RunningRow {...(props as RowProps<'running'>)} />;
    case 'gap':
      return <GapRow {...(props as RowProps<'gap'>)} />;
    case 'epoch':
      return <EpochRow {...(props as RowProps<'epoch'>)} />;
    case 'folded':
      return <FoldedRow {...(props as RowProps<'folded'>)} />;
    case 'browser':
      return <BrowserRow {...(props as RowProps<'browser'>)} />;
    case 'dropped':
      return <DroppedRow {...(props as RowProps<'dropped'>)} />;
  }
}
