import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACTORS, type OperationRecorded, type Source } from '../../../../protocol/index.ts';
import { A, B, createLog, everything, newId, readAll } from './event-log.cases.ts';
import type { KeyedOperation } from './event-ring.ts';

const source: Source = { frames: [{ file: 'cart.ts', line: 1, kind: 'app' }] };
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<NonNullable<OperationRecorded['after']>>;

const keyed: fc.Arbitrary<KeyedOperation> = fc.record({
  exchange: fc.constantFrom(newId(), newId()),
  offsetMs: fc.double({ min: 0, max: 1e6, noNaN: true }).map((ms) => ms + 0),
  session: fc.constantFrom(A, B),
  operation: fc.constantFrom('get', 'set', 'delete'),
  call: fc.constantFrom('get', 'set', 'delete', 'in', 'nested set'),
  actor: fc.constantFrom(...ACTORS),
  path: maybe(fc.array(fc.oneof(fc.constantFrom('n', 'password'), fc.nat(5)), { maxLength: 3 })),
  source: maybe(fc.constant(source)),
  before: maybe(value),
  after: maybe(value),
  hit: maybe(fc.boolean()),
});

/** Without the fields that are absent, which a column says and an object leaves out. */
const present = (operation: KeyedOperation) =>
  Object.fromEntries(Object.entries(operation).filter(([, field]) => field !== undefined));

test('an operation that lies in columns is reported as the same event as one that was kept whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(keyed, fc.boolean()), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (all, size) => {
        const limits = { limits: { events: size }, epoch: 'epoch0001', now: () => 1_000 };
        const [log, other] = [createLog(limits), createLog(limits)];
        // Filled again and again, as an adapter does.
        const filled = {} as KeyedOperation;
        for (const [operation, isKeyed] of all) {
          if (isKeyed) log.appendKeyed(Object.assign(filled, operation), 10, A);
          else log.append({ type: 'operation-recorded', ...present(operation) } as never, 10, A);
          // Reported with a field that no column has, which is taken off again: kept whole.
          other.append({ type: 'operation-recorded', ...present(operation), reason: 'whole' } as never, 10, A);
        }
        const whole = readAll(other, everything).map((event) => {
          const { reason: _reason, ...rest } = event as OperationRecorded;
          return rest;
        });
        expect(readAll(log, everything)).toStrictEqual(whole);
        expect([log.heldBytes, log.heldEvents]).toEqual([other.heldBytes, other.heldEvents]);
      },
    ),
    { numRuns: 300 },
  );
});
