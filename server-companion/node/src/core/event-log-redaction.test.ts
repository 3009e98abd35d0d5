/** What is redacted between the log and who reads it, beside values: sentences, keys and paths. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type EncodedValue, LIMITS, type OperationRecorded, parseEvent } from '../../../../protocol/index.ts';
import { createLog, everything, newId, set } from './event-log.cases.ts';
import { loadIdentity } from './identity.ts';
import { createRedaction } from './redaction.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sessionscope-redaction-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const KEY = 'kN3vW_-x1q9ZtY7bRmC2uJd8kN3vW_-x';
const SECRET = 'redis://admin:hunter2@cache.test:6379';

function newLog() {
  const identity = loadIdentity('/project', scratch);
  const log = createLog({ redaction: createRedaction(identity.digest, [], identity.withoutKeys) });
  const readJson = () => JSON.stringify(log.read(null, everything, 1_000).events);
  return { identity, log, readJson };
}

const failed = (message: string): OperationRecorded => ({
  ...(set(newId(), null) as OperationRecorded),
  operation: 'save' as const,
  outcome: 'error' as const,
  error: { name: 'Error', message },
});

test('a session key in an error stays out once the process has forgotten it, with what stands around it', () => {
  const { identity, log, readJson } = newLog();
  const name = identity.fingerprint(KEY);
  log.append(failed(`cannot write sess_${KEY}_x`), 0, null);
  for (let index = 0; index < 25_000; index++) identity.fingerprint(`another session's key ${index}`);
  expect(identity.keyOf(name)).toBeUndefined();
  expect(readJson()).not.toContain(KEY);
  expect(readJson()).toContain(`cannot write sess_(session ${name})_x`);
});

test('no sentence of an event holds a secret: errors, verdicts, faults, settings, paths', () => {
  const { log, readJson } = newLog();
  const exchange = newId();
  const text = `connect ${SECRET} failed`;
  log.append(failed(text), 0, null);
  log.append({ type: 'fault-noted', exchange, where: 'begin', message: text, total: 1 }, 0, null);
  log.append(
    {
      type: 'exchange-started',
      exchange,
      middleware: 0,
      method: 'GET',
      path: '/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
      protocol: 'http',
      cookie: { name: 'sid', sent: 0 },
    },
    0,
    null,
  );
  const decision = { reason: 'store-error', text, setting: `store: ${SECRET}` };
  log.append(
    {
      type: 'exchange-finished',
      exchange,
      durationMs: 1,
      ending: 'completed',
      sessionBefore: null,
      sessionAfter: null,
      verdict: { record: { outcome: 'failed', ...decision }, cookie: { outcome: 'not-set', ...decision } },
    },
    0,
    null,
  );
  log.append(
    {
      type: 'epoch-started',
      app: 'app-of-the-test',
      project: 'p',
      runtime: 'node',
      middlewares: [
        {
          library: 'l',
          libraryVersion: '1',
          cookieNames: ['sid'],
          store: 's',
          settings: { url: SECRET, secret: '***' },
        },
      ],
    },
    0,
    null,
  );
  expect(readJson()).not.toMatch(/hunter2|eyJhbGci/);
  expect(readJson()).toContain('connect (redacted)cache.test:6379 failed');
});

test('what stands for a secret may be longer than it was: every field stays within its bound', () => {
  const { log } = newLog();
  log.append(failed('pin=1 '.repeat(400).slice(0, LIMITS.sentenceLength)), 0, null);
  for (const event of log.read(null, everything, 10).events) expect(parseEvent(event).ok).toBe(true);
});

test('a key that is a secret is shown by its digest, in values and paths, and its value is asked for by that', () => {
  const { log } = newLog();
  const key = 'sk_live_a1a1a1a1a1a1a1a1';
  log.append({ ...(set(newId(), null, key) as OperationRecorded), after: { [key]: { n: 1 } } }, 0, null);
  const event = log.read(null, everything, 10).events[0] as OperationRecorded;
  expect(JSON.stringify(event)).not.toContain(key);
  const [shown] = event.path!;
  expect(event.after).toEqual({ [shown!]: { n: 1 } });
  const ask = (path: (string | number)[], reveal = false): EncodedValue | undefined =>
    log.value({ seq: event.seq, part: 'after', path, reveal }, everything);
  expect(ask([shown!, 'n'])).toBe(1);
  expect(ask([shown!, 'n'], true)).toBe(1);
  expect(ask(['(redacted 000000000000)'])).toBeUndefined();
});

test('the stored form is redacted as the rest of an operation is', () => {
  const { log, readJson } = newLog();
  const saved = { ...(set(newId(), null) as OperationRecorded), operation: 'save' as const, call: 'save' };
  log.append({ ...saved, state: { password: 'hunter2' }, stored: { password: 'hunter2' } }, 0, null);
  expect(readJson()).not.toContain('hunter2');
  const request = { seq: 1, part: 'stored', path: ['password'] } as const;
  expect(log.value({ ...request, reveal: false }, everything)).toMatchObject({ $: 'redacted' });
  expect(log.value({ ...request, reveal: true }, everything)).toBe('hunter2');
});
