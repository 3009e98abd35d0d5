/** What every row of the timeline is given, and has. */
import type { PanelModel, Row } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';

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
