/** The lineage over real recordings: as it grows, event by event. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPanelModel, type PanelModel, sentenceText, loadDeferred } from '../../model/index.ts';
import type { Recording } from '../../playground/panel/recording.ts';
import { ROOT } from '../../scripts/project.ts';

await loadDeferred();

const FOLDER = join(ROOT, 'playground', 'panel', 'recordings');
const NAMES = readdirSync(FOLDER).map((file) => file.replace('.json', ''));
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Recording;

/** All that is drawn, of each request's lineage. */
function drawn(model: PanelModel): unknown[] {
  return model.visible.value.map((exchange) => {
    model.select({ exchange: exchange.id, index: exchange.operations.length });
    const view = model.lineage.value;
    return [
      exchange.number,
      view?.rows.map(({ text, note, brought, set, place, rails }) => [
        sentenceText(text),
        note && sentenceText(note),
        brought.map(({ number }) => number),
        set.map(({ number }) => number),
        place,
        rails,
      ]),
    ];
  });
}

test.each(NAMES)('%s: looked at while it grows, it ends as when it comes at once', (name) => {
  const { events, responses, endedAt } = read(name);
  const grown = createPanelModel({ now: () => endedAt });
  // An older event may come later.
  const order = events.map((event, index) => ({ event, place: index + (index % 7 === 3 ? 9 : 0) }));
  for (const { event } of order.toSorted((a, b) => a.place - b.place)) {
    grown.receive([event]);
    void grown.lineage.value;
  }
  for (const response of responses) {
    grown.seeHarEntry(response);
    void grown.lineage.value;
  }
  const whole = createPanelModel({ now: () => endedAt });
  whole.receive(events);
  for (const response of responses) whole.seeHarEntry(response);
  expect(drawn(grown)).toEqual(drawn(whole));
});
