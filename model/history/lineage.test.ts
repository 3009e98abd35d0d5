import { expect, test } from 'vitest';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { deletedBy } from './lineage.ts';

test('of two requests that both rotate a session, the first took its record away', () => {
  const recording = createRecording();
  const slow = recording.start('/slow');
  slow.load({ n: 1 });
  for (const path of ['/first', '/second']) {
    const own = recording.start(path);
    own.operation('cycle-key', { session: BOB, from: ALICE, to: BOB, outcome: 'done' });
    own.finish({ sessionAfter: BOB });
  }
  slow.save({ n: 2 }, { outcome: 'gone' });
  const { items } = timelineOf(recording.events);
  const exchange = items.find((item): item is ExchangeRecord => item.kind === 'exchange' && item.id === slow.id)!;
  const by = deletedBy(items, exchange, exchange.operations.at(-1)!);
  expect(by?.exchange.started?.path).toBe('/first');
});
