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

const instant = fc.oneof(fc.nat(), fc.constant(null));
const expiry = fc.record(
  {
    cookieAt: instant,
    sessionAt: instant,
    storeAt: instant,
    storeFrom: fc.constantFrom('ttl option', 'cookie.expires'),
    storeAssumed: fc.boolean(),
  },
  { noNullPrototype: true, requiredKeys: [] },
);
const exchange = fc.constantFrom(newId(), newId());
const session = fc.constantFrom(A, B, null);

const stored = fc.record(
  {
    type: fc.constant('operation-recorded'),
    exchange,
    offsetMs: fc.nat(),
    session,
    operation: fc.constantFrom('load', 'save', 'touch', 'get'),
    call: fc.constantFrom('end', 'session'),
    actor: fc.constantFrom(...ACTORS),
    before: fc.nat(),
    state: fc.nat(),
    stored: fc.nat(),
    hit: fc.boolean(),
    outcome: fc.constantFrom('found', 'done', 'error'),
    layer: fc.constantFrom('cookie', 'store'),
    inferred: fc.constant(true),
    durationMs: fc.nat(),
    bytes: fc.nat(),
    keys: fc.nat(),
    to: fc.constant(null),
    source: fc.constant(source),
    expiry,
  },
  { noNullPrototype: true, requiredKeys: ['type', 'exchange', 'session', 'operation', 'call', 'actor'] },
);

const decision = { reason: fc.constantFrom('modified', 'kept'), text: fc.constant('Words.') };
const attributes = { name: fc.constant('sid'), httpOnly: fc.boolean(), secure: fc.boolean(), bytes: fc.nat(3) };
const finished = fc.record(
  {
    type: fc.constant('exchange-finished'),
    exchange,
    status: fc.constantFrom(200, 500),
    durationMs: fc.nat(),
    ending: fc.constantFrom('completed', 'aborted'),
    headAtMs: fc.nat(),
    vary: fc.constant('Cookie'),
    faults: fc.constant(1),
    sessionBefore: session,
    sessionAfter: session,
    verdict: fc.record({
      record: fc.record({ outcome: fc.constantFrom('saved', 'none'), ...decision }),
      cookie: fc.oneof(
        fc.record({ outcome: fc.constantFrom('set', 'none'), ...decision }),
        fc.record({ outcome: fc.constant('set'), ...decision, attributes: fc.record(attributes) }),
      ),
    }),
    expiry,
  },
  {
    noNullPrototype: true,
    requiredKeys: ['type', 'exchange', 'durationMs', 'ending', 'sessionBefore', 'sessionAfter', 'verdict'],
  },
);

const started = fc.record(
  {
    type: fc.constant('exchange-started'),
    exchange,
    middleware: fc.constant(0),
    method: fc.constantFrom('GET', 'POST'),
    path: fc.constantFrom('/', '/cart'),
    protocol: fc.constant('http'),
    client: fc.constantFrom('0123456789ab', '0123456789ac'),
    cookie: fc.record({ name: fc.constant('sid'), sent: fc.nat(2), fingerprint: fc.constantFrom(A, B) }),
  },
  { noNullPrototype: true, requiredKeys: ['type', 'exchange', 'middleware', 'method', 'path', 'protocol', 'cookie'] },
);

test('what a request begins, does and ends with is read as it was recorded', () => {
  const log = createLog({ epoch: 'epoch0001', now: () => 1_000 });
  fc.assert(
    fc.property(fc.array(fc.oneof(stored, finished, started), { minLength: 1, maxLength: 20 }), (events) => {
      const after = { epoch: log.epoch, seq: log.lastSeq };
      for (const event of events) log.append(structuredClone(event) as never, 10, A);
      const read = log.read(after, everything, 100).events.map((event) => {
        const { epoch: _epoch, seq: _seq, at: _at, digest: _digest, ...rest } = event as OperationRecorded;
        return rest;
      });
      expect(read).toEqual(events);
      expect(read.map((event) => Object.keys(event).toSorted())).toEqual(
        events.map((event) => Object.keys(event).toSorted()),
      );
    }),
    { numRuns: 300 },
  );
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
