import { expect, test } from 'vitest';
import { fixtureDigest } from '../../../../protocol/fixture-notation.cases.ts';
import { LIMITS, parseEvent } from '../../../../protocol/index.ts';
import { createEventLog } from './event-log.ts';
import { createFaults } from './faults.ts';
import { createRedaction } from './redaction.ts';

const everything = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() };
const createLog = () => createEventLog({ redaction: createRedaction(fixtureDigest) });
const reported = (log: ReturnType<typeof createLog>) => log.read(null, everything, 1_000).events;

test('a fault is reported with where it was and what it said, within bounds', () => {
  const log = createLog();
  const faults = createFaults(log);
  faults.note('session get', new TypeError('x'.repeat(5_000)), '0'.repeat(32), 'abcdef012345');
  faults.note('session set', 'not an error');
  const events = reported(log);
  expect(events).toMatchObject([
    { type: 'fault-noted', where: 'session get', exchange: '0'.repeat(32), total: 1 },
    { type: 'fault-noted', where: 'session set', exchange: null, message: 'not an Error', total: 2 },
  ]);
  for (const event of events) expect(parseEvent(event)).toMatchObject({ ok: true });
  expect((events[0] as { message: string }).message).toHaveLength(LIMITS.sentenceLength);
});

test('a fault in a hot hook does not flood the log, and is still counted', () => {
  const log = createLog();
  const faults = createFaults(log);
  for (let index = 0; index < 10_000; index++) faults.note('session get', new Error('again'));
  expect(faults.total).toBe(10_000);
  expect(reported(log)).toHaveLength(50);
});

test('never throws, whatever was thrown and whatever the log does', () => {
  const log = createLog();
  const hostile = [
    null,
    undefined,
    Object.create(null),
    Object.defineProperty(new Error('m'), 'message', {
      get() {
        throw new Error('of the getter');
      },
    }),
    new Proxy(new Error('m'), {
      getPrototypeOf() {
        throw new Error('of the trap');
      },
    }),
  ];
  const faults = createFaults(log);
  for (const error of hostile) expect(() => faults.note('hook', error)).not.toThrow();
  expect(faults.total).toBe(hostile.length);
  const broken = createFaults({
    ...log,
    append() {
      throw new Error('of the log');
    },
  });
  expect(() => broken.note('hook', new Error('m'))).not.toThrow();
  expect(broken.total).toBe(1);
});
