import { batch } from '@preact/signals';
import { type Moment, momentOf, type PanelModel } from '../../model/index.ts';

/** Shows what changed from the selected row to another one, the earlier as *Before*. */
export function compareWith(model: PanelModel, index: number): void {
  const from = model.cursor.value;
  if (from === undefined) return;
  const first = momentOf(from);
  batch(() => {
    model.focusRow(index);
    const to = model.cursor.value;
    if (to === undefined) return;
    const second = momentOf(to);
    const isForward = isBefore(model, first, second);
    if (isForward) model.select(first);
    // The cursor stands on the earlier one: it becomes *Before*, the later one what is looked at.
    model.mark();
    model.compare(isForward ? second : first, 'marked');
  });
}

function isBefore(model: PanelModel, a: Moment, b: Moment): boolean {
  if (a.exchange === b.exchange) return a.index <= b.index;
  const items = model.items.value;
  const place = ({ exchange }: Moment) => items.findIndex((item) => item.kind === 'exchange' && item.id === exchange);
  return place(a) <= place(b);
}
