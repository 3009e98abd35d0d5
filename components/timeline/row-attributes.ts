/** What every row of the timeline is given, and has. */
import type { PanelModel, Row } from '../../model/index.ts';
import type { PanelActions } from '../frame/panel-actions.ts';

export interface RowProps<Kind extends Row['kind'] = Row['kind']> {
  row: Extract<Row, { kind: Kind }>;
  /** Its place among all rows, from 0. */
  index: number;
  model: PanelModel;
  actions: PanelActions;
  isSelected: boolean;
}

/** The element id of a row, for `aria-activedescendant`. */
export const rowId = (key: string): string => `row-${key.replaceAll(/\W/g, '-')}`;

/** What every row has: its place after the column titles, and a name. */
export const rowAttributes = (row: Row, index: number) =>
  ({ id: rowId(row.key), role: 'row', 'aria-rowindex': index + 2 }) as const;

/** Whether a row stands for the moment that is marked as *Before*. */
export const isMarked = ({ marked }: PanelModel, exchange: string, index: number): boolean =>
  marked.value?.exchange === exchange && marked.value.index === index;

/** A Shift-click compares: it selects no text on its way. */
export function keepSelection(event: MouseEvent): void {
  if (!event.shiftKey) return;
  event.preventDefault();
  (event.currentTarget as Element).closest<HTMLElement>('.timeline')?.focus({ preventScroll: true });
}
