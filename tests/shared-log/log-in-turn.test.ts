/** What a process writes while Redis is late, hangs, goes away and comes back: nothing waits, nothing is lost unsaid. */
import { expect } from 'vitest';
import { A, B, everything, holderOf, newId, set } from '../../server-companion/node/src/core/event-log.cases.ts';
import type { NewEvent } from '../../server-companion/node/src/core/event-log.ts';
import type { LogInTurn } from '../../server-companion/node/src/core/shared-log/log-in-turn.ts';
import { MAX_WAITING } from '../../server-companion/node/src/core/shared-log/stream-writer.ts';
import { until } from '../browsers/until.ts';
import { createRig, eventsOf, redisTest as test, type RelayMode, startRelay, valuesOf } from './rig.ts';

const started = (exchange: string): NewEvent => ({
  type: 'exchange-started',
  exchange,
  middleware: 0,
  method: 'GET',
  path: '/',
  protocol: 'http',
  cookie: { name: 'sid', sent: 0 },
});

const finished = (exchange: string, outcome: 'none' | 'pending' = 'none'): NewEvent => ({
  type: 'exchange-finished',
  exchange,
  status: 200,
  durationMs: 1,
  ending: 'completed',
  sessionBefore: A,
  sessionAfter: A,
  verdict: {
    record: { outcome, reason: 'kept', text: 'None.' },
    cookie: { outcome: 'none', reason: 'kept', text: 'None.' },
  },
});

const isShared = (log: LogInTurn) => until(() => log.state?.isShared === true, 'the shared log');
const isAlone = (log: LogInTurn) => until(() => log.state?.isShared === false, 'a log of its own');
const write = (log: LogInTurn, value: unknown, exchange: string | null = null) =>
  log.append({ ...set(exchange, A), after: value } as NewEvent, 8, A);
const values = (log: LogInTurn, wanted: unknown[]) =>
  until(() => JSON.stringify(valuesOf(eventsOf(log))) === JSON.stringify(wanted), `${String(wanted)} to be readable`);
const faults = (log: LogInTurn): string =>
  eventsOf(log)
    .flatMap((event) => (event.type === 'fault-noted' ? [event.message] : []))
    .join('\n');

test('a Redis that answers is shared from the start, and each log says so before anything else', async () => {
  await using rig = createRig();
  const begun: unknown[] = [];
  const log = rig.openInTurn(undefined, (now) => begun.push(now.state));
  expect(log.state).toBeUndefined();
  await log.ready();
  await isShared(log);
  expect(begun.at(-1)).toEqual({ isShared: true });
  write(log, 1);
  await values(log, [1]);
  expect(valuesOf(eventsOf(await rig.open()))).toEqual([1]);
});

test.each<RelayMode>(['silent', 'gone'])(
  'a Redis that is %s at the start holds nothing up, and is used once it answers',
  async (mode) => {
    await using rig = createRig();
    await using relay = await startRelay(mode);
    const log = rig.openInTurn(relay.url);
    // The first event begins a log of this process's own: it is readable at once.
    write(log, 'before');
    expect(valuesOf(eventsOf(log))).toEqual(['before']);
    const own = log.epoch;
    expect(log.state).toMatchObject({ isShared: false, fault: expect.stringContaining('not used') });
    const wanted = mode === 'gone' ? 'ECONNREFUSED' : 'no answer within';
    await until(() => log.state?.fault?.includes(wanted), 'the reason');
    await relay.set('gone');
    await relay.set('through');
    await isShared(log);
    expect(log.epoch).not.toBe(own);
    write(log, 'after');
    // Who reads gets the rest of the one before, then the shared one.
    await values(log, ['before', 'after']);
    const other = await rig.open();
    expect(valuesOf(eventsOf(other))).toEqual(['after']);
    // What is not in it is reported in it.
    expect(faults(log)).toContain('1 events are in a log of this process');
  },
);

test('a request that is under way ends where it began; then the shared log is written', async () => {
  await using rig = createRig();
  await using relay = await startRelay('gone');
  const log = rig.openInTurn(relay.url);
  const [first, second] = [newId(), newId()];
  log.append(started(first), 0, A);
  const own = log.epoch;
  await relay.set('through');
  const read = log.append({ ...set(first, A), operation: 'get', after: [1] } as NewEvent, 8, A);
  log.append({ ...set(first, A), inferred: true, via: read, after: [2] } as NewEvent, 8, A);
  expect(log.epoch).toBe(own);
  log.append(finished(first), 0, A);
  await isShared(log);
  log.append(started(second), 0, A);
  log.append(finished(second), 0, A);
  await until(() => eventsOf(log).at(-1)?.type === 'exchange-finished' && eventsOf(log).length === 7, 'all of it');
  const events = eventsOf(log);
  const of = (exchange: string) =>
    new Set(events.flatMap((event) => ('exchange' in event && event.exchange === exchange ? [event.epoch] : [])));
  expect(of(first)).toEqual(new Set([own]));
  expect(of(second)).toEqual(new Set([log.epoch]));
  expect(events[2]).toMatchObject({ via: 2 });
});

test('a request that does not end is left where it began, and that is reported', async () => {
  await using rig = createRig();
  await using relay = await startRelay('gone');
  const log = rig.openInTurn(relay.url);
  const endless = newId();
  log.append(started(endless), 0, A);
  const own = log.epoch;
  await relay.set('through');
  await isShared(log);
  await until(() => faults(log).includes('1 requests that are under way'), 'the report');
  write(log, 'late', endless);
  write(log, 'other');
  await values(log, ['late', 'other']);
  expect(eventsOf(log).find((event) => 'after' in event && event.after === 'late')?.epoch).toBe(own);
});

test.each<RelayMode>(['gone', 'silent'])(
  'a Redis that is %s in between loses nothing, and takes over again',
  async (mode) => {
    await using rig = createRig();
    await using relay = await startRelay();
    const log = rig.openInTurn(relay.url);
    await log.ready();
    await isShared(log);
    const shared = log.epoch;
    const under = newId();
    log.append(started(under), 0, A);
    const read = log.append({ ...set(under, A), operation: 'get', after: 'read' } as NewEvent, 8, A);
    await values(log, ['read']);
    await relay.set(mode);
    write(log, 'not taken', under);
    await isAlone(log);
    expect(log.state?.fault).toMatch(mode === 'gone' ? /ECONNREFUSED|closed/ : /no answer within/);
    log.append({ ...set(under, A), inferred: true, via: read, after: 'through' } as NewEvent, 8, A);
    log.append(finished(under), 0, A);
    // The mirror of the shared one is read first, then what Redis did not take.
    expect(valuesOf(eventsOf(log))).toEqual(['read', 'not taken', 'through']);
    // The read that it names is in another log.
    expect(eventsOf(log).at(-2)).not.toHaveProperty('via');
    await relay.set('gone');
    await relay.set('through');
    await isShared(log);
    expect(log.epoch).toBe(shared);
    write(log, 'again');
    await until(() => faults(log).includes('are in a log of this process'), 'the report');
    const other = await rig.open();
    await until(() => valuesOf(eventsOf(other)).includes('again'), 'the shared log');
    // What came to Redis after all, when a silent one woke up, is there once.
    const shown = valuesOf(eventsOf(other));
    expect(new Set(shown).size).toBe(shown.length);
  },
);

test('what no longer fits while Redis hangs is dropped, the oldest first, and counted', async () => {
  await using rig = createRig();
  await using relay = await startRelay();
  const log = rig.openInTurn(relay.url);
  await log.ready();
  await isShared(log);
  await relay.set('silent');
  const most = MAX_WAITING + 5_000;
  for (let number = 1; number <= most; number++) write(log, number);
  await isAlone(log);
  const kept = valuesOf(eventsOf(log)) as number[];
  expect(kept.at(-1)).toBe(most);
  const [, dropped] = /Redis did not keep up: (\d+) events of this process were dropped/.exec(faults(log)) ?? [];
  expect(Number(dropped)).toBeGreaterThanOrEqual(5_000);
  expect(Number(dropped)).toBeLessThan(most);
});

test('a key that was rotated in one log opens nothing in the next', async () => {
  await using rig = createRig();
  await using relay = await startRelay();
  const log = rig.openInTurn(relay.url);
  await log.ready();
  await isShared(log);
  const login = newId();
  log.append(started(login), 0, A);
  log.append({ ...set(login, B), operation: 'cycle-key', from: A, to: B, after: 'rotated' } as NewEvent, 8, A);
  await values(log, ['rotated']);
  await relay.set('gone');
  await isAlone(log);
  write(log, 'whose it became', login);
  log.append(finished(login), 0, A);
  expect(valuesOf(eventsOf(log))).toEqual(['rotated', 'whose it became']);
  expect(valuesOf(eventsOf(log, holderOf(A)))).toEqual([]);
  await relay.set('through');
  await isShared(log);
  write(log, 'later', newId());
  await until(() => valuesOf(eventsOf(log)).includes('later'), 'the shared log');
  expect(valuesOf(eventsOf(log, holderOf(A)))).not.toContain('later');
});

test('a reader is woken by the log that takes over, and a closed one is silent', async () => {
  await using rig = createRig();
  await using relay = await startRelay('gone');
  const log = rig.openInTurn(relay.url);
  let woken = 0;
  const unsubscribe = log.subscribe(() => (woken += 1));
  await relay.set('through');
  await isShared(log);
  expect(woken).toBeGreaterThan(0);
  const before = woken;
  write(log, 1);
  await until(() => woken > before, 'the reader');
  unsubscribe();
  expect(log.knows(everything)).toBe(true);
  expect(log.heldEvents).toBeGreaterThan(0);
});
