/**
 * The Django companion speaks the protocol that the panel parses: what it makes of random values and of real traffic,
 * judged by the panel's own parsers. What is fixed stands in `protocol/fixtures/`, which Python runs by itself.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  ERROR_CODES,
  type ErrorAnswer,
  errorAnswer,
  eventsAnswer,
  FETCHED_VALUE,
  helloAnswer,
  isEncodedValue,
  type OperationRecorded,
  pairAnswer,
  parse,
  parseDiscovery,
  parseEvent,
  sessionAnswer,
  valueAnswer,
} from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { asMapped, mappingOf } from '../docs/mapping.ts';
import { SEED } from '../seed.ts';
import { DJANGO_PYTHON, describeOnDjango } from './django-demo.ts';

const SCHEMAS = { helloAnswer, pairAnswer, sessionAnswer, eventsAnswer, valueAnswer, errorAnswer };
type SchemaName = keyof typeof SCHEMAS;

interface Answers {
  /** As the log holds it. */
  recorded: unknown[];
  /** As an event shows it. */
  encoded: unknown[];
  redacted: unknown[];
  headers: string[];
  events: unknown[];
  calls: { schema: SchemaName; status: number; body: unknown; leaks: boolean }[];
}

describeOnDjango('the Django companion and the protocol', () => {
  let answers: Answers;

  beforeAll(() => {
    const companion = join(ROOT, 'server-companion', 'python');
    const ran = spawnSync(DJANGO_PYTHON, [join(ROOT, 'tests', 'django', 'contract.py')], {
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONPATH: [join(companion, 'src'), join(companion, 'tests')].join(process.platform === 'win32' ? ';' : ':'),
      },
      input: JSON.stringify({ seed: SEED }),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (ran.status !== 0) throw new Error(ran.stderr);
    answers = JSON.parse(ran.stdout) as Answers;
  });

  test('encodes any value within bounds, for the log and for an event', () => {
    expect(answers.encoded.length).toBeGreaterThan(500);
    for (const value of answers.recorded)
      if (!isEncodedValue(value, FETCHED_VALUE)) throw new Error(`refused: ${JSON.stringify(value).slice(0, 2_000)}`);
    for (const value of answers.encoded)
      if (!isEncodedValue(value)) throw new Error(`refused: ${JSON.stringify(value).slice(0, 2_000)}`);
  });

  test('redacts secrets and stays within bounds', () => {
    for (const value of answers.redacted)
      if (!isEncodedValue(value)) throw new Error(`refused: ${JSON.stringify(value).slice(0, 2_000)}`);
    expect(answers.redacted.some((value) => JSON.stringify(value).includes('"$":"redacted"'))).toBe(true);
  });

  test('reports events that the panel takes, in the order of their numbers', () => {
    const parsed = answers.events.map((event) => {
      const result = parseEvent(event);
      if (!result.ok) throw new Error(`${result.fault}: ${JSON.stringify(event).slice(0, 2_000)}`);
      return result.value;
    });
    expect(parsed.map(({ seq }) => seq)).toEqual(parsed.map((_event, index) => index + 1));
    expect(parsed.filter(({ type }) => type === 'fault-noted')).toEqual([]);
    const operations = new Set(parsed.map((event) => event.type === 'operation-recorded' && event.operation));
    for (const operation of ['load', 'create', 'get', 'set', 'delete', 'clear', 'flush', 'cycle-key', 'save'])
      expect(operations).toContain(operation);
  });

  test('no field is sent that the protocol does not know', () => {
    for (const event of answers.events) {
      const result = parseEvent(event);
      if (result.ok) expect(Object.keys(result.value).toSorted()).toEqual(Object.keys(event as object).toSorted());
    }
  });

  test('names calls and operations as the reference does', () => {
    const mapping = mappingOf('Django');
    const reported = answers.events.flatMap((event) =>
      (event as OperationRecorded).type === 'operation-recorded'
        ? [asMapped(event as OperationRecorded, 'Django')]
        : [],
    );
    expect([...new Set(reported)].filter((one) => !mapping.has(one))).toEqual([]);
    expect(new Set(reported).size).toBeGreaterThan(20);
  });

  test('announces itself by a header that the panel takes', () => {
    expect(answers.headers.length).toBeGreaterThan(20);
    const exchanges = answers.headers.map((header) => {
      const result = parseDiscovery(header);
      if (!result.ok) throw new Error(`${result.fault}: ${header}`);
      return result.items[0]!.exchange;
    });
    expect(new Set(exchanges).size).toBe(exchanges.length);
  });

  test('each call is answered as the panel reads it, with no field that the protocol does not know and no key', () => {
    const codes = new Set<string>();
    for (const { schema, status, body, leaks } of answers.calls) {
      const result = parse(SCHEMAS[schema], body);
      if (!result.ok) throw new Error(`${schema}: ${result.fault}: ${JSON.stringify(body).slice(0, 2_000)}`);
      expect(result.value).toEqual(body);
      expect(status === 200).toBe(schema !== 'errorAnswer');
      expect([body, leaks]).toEqual([body, false]);
      if (schema === 'errorAnswer') codes.add((result.value as ErrorAnswer).error.code);
    }
    // All but what only time or a flood brings about.
    expect(ERROR_CODES.filter((code) => !codes.has(code)).toSorted()).toEqual([
      'fault',
      'too-many-streams',
      'too-many-tries',
    ]);
  });
});
