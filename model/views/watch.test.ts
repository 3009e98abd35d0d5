import { expect, test } from 'vitest';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { watchRows } from './watch.ts';

test('a key is followed over the requests of its session, newest first, with what each left', () => {
  const recording = createRecording();
  const visit = (path: string, cart: number[], next?: number[]) => {
    const exchange = recording.start(path);
    exchange.load({ cart });
    if (next) exchange.set('cart', next);
    exchange.finish();
  };
  visit('/a', [1]);
  visit('/b', [1], [1, 2]);
  visit('/c', [1, 2]);
  const { items } = timelineOf(recording.events);
  const rows = watchRows(items, ALICE, ['cart']);
  expect(rows.map(({ exchange, value, is }) => [exchange.started!.path, value, is])).toEqual([
    ['/c', [1, 2], 'same'],
    ['/b', [1, 2], 'different'],
    ['/a', [1], 'same'],
  ]);
  expect(watchRows(items, BOB, ['cart'])).toEqual([]);
  expect(watchRows(items, undefined, ['cart'])).toEqual([]);
  expect(watchRows(items, ALICE, ['other']).every(({ value, is }) => value === undefined && is === 'same')).toBe(true);
});
