import { expect, test } from 'vitest';
import type { EncodedValue, OperationRecorded, SessionscopeEvent } from '../../../../protocol/index.ts';
import { createEventLog, type NewEvent } from './event-log.ts';
import { createRedaction } from './redaction.ts';
import { SentValues } from './sent-values.ts';

const EVERYTHING = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() } as const;
const digest = (text: string) => Buffer.from(text).toString('hex').slice(0, 12).padEnd(12, '0');
const EXCHANGE = '0123456789abcdef0123456789abcdef';

const newLog = () => createEventLog({ redaction: createRedaction(digest, []) });
type Log = ReturnType<typeof newLog>;

const append = (log: Log, fields: Partial<OperationRecorded> & Pick<OperationRecorded, 'operation'>) =>
  log.append(
    { type: 'operation-recorded', exchange: EXCHANGE, session: null, call: 'x', actor: 'app', ...fields } as NewEvent,
    0,
    null,
  );
const read = (log: Log, sent?: SentValues): SessionscopeEvent[] =>
  log.read(null, EVERYTHING, 10_000, undefined, undefined, sent).events;

const cart: EncodedValue = { items: Array.from({ length: 30 }, (_, at) => `item number ${at}`) };
const state: EncodedValue = { cart, user: 'john' };

test('a value that was sent is named by the event and part that brought it', () => {
  const log = newLog();
  append(log, { operation: 'load', state });
  append(log, { operation: 'set', path: ['cart'], before: cart, after: { ...cart, more: 1 } });
  append(log, { operation: 'save', state, stored: state });
  const [load, set, save] = read(log, new SentValues()) as [OperationRecorded, OperationRecorded, OperationRecorded];
  expect(load.state).toEqual(state);
  expect(set.before).toEqual(cart);
  expect(save.state).toEqual({ $: 'same', seq: load.seq, part: 'state' });
  expect(save.stored).toEqual({ $: 'same', seq: load.seq, part: 'state' });
  // The digest is of what it stands for.
  expect(save.digest).toBe(load.digest);
});

test('within one event the record names the session', () => {
  const log = newLog();
  append(log, { operation: 'save', state, stored: state });
  const [save] = read(log, new SentValues()) as [OperationRecorded];
  expect(save.state).toEqual(state);
  expect(save.stored).toEqual({ $: 'same', seq: save.seq, part: 'state' });
});

test('another reader, and one that asks again, is sent the value itself', () => {
  const log = newLog();
  append(log, { operation: 'load', state });
  for (let at = 0; at < 2; at++) expect((read(log, new SentValues())[0] as OperationRecorded).state).toEqual(state);
});

test('the same value under a name that is redacted is another', () => {
  const log = newLog();
  const value = { note: 'x'.repeat(100) };
  append(log, { operation: 'set', path: ['note'], after: value });
  append(log, { operation: 'set', path: ['password'], after: value });
  append(log, { operation: 'set', path: ['note'], after: value });
  const [, hidden, again] = read(log, new SentValues()) as [OperationRecorded, OperationRecorded, OperationRecorded];
  expect(JSON.stringify(hidden.after)).not.toContain('xxx');
  expect(JSON.stringify(hidden.after)).not.toContain('same');
  expect(again.after).toMatchObject({ $: 'same', part: 'after' });
});

test('what costs less than its name is sent as it is', () => {
  const log = newLog();
  const small = { n: 1 };
  append(log, { operation: 'load', state: small });
  append(log, { operation: 'save', state: small });
  for (const event of read(log, new SentValues())) expect((event as OperationRecorded).state).toEqual(small);
});

test('what was sent more than 4,000 operations ago is sent again', () => {
  const log = newLog();
  const sent = new SentValues();
  append(log, { operation: 'load', state });
  for (let at = 0; at < 4_100; at++) append(log, { operation: 'get', path: ['n'], hit: true });
  append(log, { operation: 'save', state });
  expect((read(log, sent).at(-1) as OperationRecorded).state).toEqual(state);
});
