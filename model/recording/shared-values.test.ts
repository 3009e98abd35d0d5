import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedValue, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import { createRecording } from './recording.cases.ts';
import { SharedValues } from './shared-values.ts';

/** As it comes from the wire: nothing in it is the same object as anything else. */
const received = (event: SessionscopeEvent) => JSON.parse(JSON.stringify(event)) as SessionscopeEvent;

function statesOf(...states: EncodedValue[]): OperationRecorded[] {
  const recording = createRecording();
  const exchange = recording.start('/a');
  for (const state of states) exchange.save(state);
  const shared = new SharedValues();
  return recording.events
    .map((event) => shared.share(received(event)))
    .filter((event) => event.type === 'operation-recorded');
}

test('what a session still holds is the very same object in its next state', () => {
  const cart = [
    { sku: 'TEA-01', quantity: 1 },
    { sku: 'TEA-02', quantity: 2 },
  ];
  const [first, second, third] = statesOf({ cart, a: 1 }, { cart, a: 2 }, { cart: [cart[0]!, { sku: 'X' }], a: 2 });
  const at = (operation: OperationRecorded | undefined) => operation!.state as { cart: unknown[] };
  expect(at(second).cart).toBe(at(first).cart);
  expect(at(third).cart[0]).toBe(at(first).cart[0]);
  expect(at(third).cart).toEqual([cart[0], { sku: 'X' }]);
});

test('what was cut or redacted stays another object: it may have changed though it reads the same', () => {
  const cut: EncodedValue = { $: 'cut', kind: 'text', why: 'bytes' };
  const [first, second] = statesOf({ note: cut, a: { b: 1 } }, { note: cut, a: { b: 1 } });
  const at = (operation: OperationRecorded | undefined) => operation!.state as Record<string, unknown>;
  expect(at(second)).not.toBe(at(first));
  expect(at(second)['note']).not.toBe(at(first)['note']);
  expect(at(second)['a']).toBe(at(first)['a']);
});

test('whatever comes, each event says what it said, and the one that was given stays as it is', () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<EncodedValue>;
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 12 }), (pairs) => {
      const recording = createRecording();
      const exchange = recording.start('/a');
      for (const [state, after] of pairs) {
        exchange.set('key', after);
        exchange.save(state);
      }
      const shared = new SharedValues();
      for (const event of recording.events) {
        const given = received(event);
        expect(shared.share(given)).toEqual(given);
        expect(given).toEqual(received(event));
      }
    }),
  );
});
