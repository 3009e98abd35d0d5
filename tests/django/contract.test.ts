/** The Django companion speaks the protocol that the panel parses: judged by the panel's own parsers. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  isEncodedValue,
  isSecretName,
  isSecretText,
  LIMITS,
  parseDiscovery,
  parseEvent,
  SECRET_NAME_PARTS,
  SECRET_NAMES,
} from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { DJANGO_PYTHON, describeOnDjango } from './django-demo.ts';

interface Answers {
  encoded: unknown[];
  redacted: unknown[];
  headers: string[];
  events: unknown[];
  secretNames: boolean[];
  secretTexts: boolean[];
  limits: Record<string, number>;
}

const NAMES = [
  ...SECRET_NAME_PARTS,
  ...SECRET_NAMES,
  ...SECRET_NAMES.map((name) => `${name}ed`),
  'API-Key',
  'X_Auth_User_Hash',
  '_auth_user_id',
  'username',
  'passenger',
  'PASSWORD',
  'pàssword',
  '',
  'Kelvin K',
];

const TEXTS = [
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
  'Bearer abcdefgh12345678',
  'Bearer abcdefgh12345678\n',
  '-----BEGIN RSA PRIVATE KEY-----',
  'pbkdf2_sha256$600000$salt$hash',
  '$2b$12$abcdefghijklmnopqrstuv',
  'AKIAABCDEFGHIJKLMNOP',
  'éAKIAABCDEFGHIJKLMNOP',
  `ghp_${'a'.repeat(36)}`,
  'xoxb-1234567890-abc',
  `sk_live_${'a1'.repeat(10)}`,
  `AIza${'b'.repeat(35)}`,
  's:abcdefghijklmnopqrst.ABCDEFGHIJKLMNOPQRSTUVWX',
  'postgres://user:password@host/db',
  'https://example.test/path',
  '4111 1111 1111 1111',
  '4111 1111 1111 1112',
  '4111111111111111\n',
  '٤111111111111111',
  'john_doe',
  '',
];

/** `TEXT_HEAD` for `textHead`. */
const constantOf = (name: string) => name.replace(/[A-Z]/g, '_$&').toUpperCase();

/** What the Python side has no need of: the header's bound on items is the reader's. */
const LIMIT_NAMES = Object.keys(LIMITS).filter((name) => name !== 'headerItems');

describeOnDjango('the Django companion and the protocol', () => {
  let answers: Answers;

  beforeAll(() => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    const companion = join(ROOT, 'server-companion', 'django');
    const ran = spawnSync(DJANGO_PYTHON, [join(ROOT, 'tests', 'django', 'contract.py')], {
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONPATH: [join(companion, 'src'), join(companion, 'tests')].join(process.platform === 'win32' ? ';' : ':'),
      },
      input: JSON.stringify({ seed, names: NAMES, texts: TEXTS, limits: LIMIT_NAMES.map(constantOf) }),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (ran.status !== 0) throw new Error(ran.stderr);
    answers = JSON.parse(ran.stdout) as Answers;
  });

  test('encodes any value within bounds', () => {
    expect(answers.encoded.length).toBeGreaterThan(500);
    for (const value of answers.encoded)
      if (!isEncodedValue(value)) throw new Error(`refused: ${JSON.stringify(value).slice(0, 2_000)}`);
  });

  test('holds secrets back and stays within bounds', () => {
    for (const value of answers.redacted)
      if (!isEncodedValue(value)) throw new Error(`refused: ${JSON.stringify(value).slice(0, 2_000)}`);
    expect(answers.redacted.some((value) => JSON.stringify(value).includes('"$":"redacted"'))).toBe(true);
  });

  test('tells events that the panel takes, in the order of their numbers', () => {
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

  test('no field is told that the protocol does not know', () => {
    for (const event of answers.events) {
      const result = parseEvent(event);
      if (result.ok) expect(Object.keys(result.value).toSorted()).toEqual(Object.keys(event as object).toSorted());
    }
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

  test('takes the same names and texts for secrets', () => {
    expect(NAMES.map((name, index) => [name, answers.secretNames[index]])).toEqual(
      NAMES.map((name) => [name, isSecretName(name)]),
    );
    expect(TEXTS.map((text, index) => [text, answers.secretTexts[index]])).toEqual(
      TEXTS.map((text) => [text, isSecretText(text)]),
    );
  });

  test('knows the same limits', () => {
    expect(answers.limits).toEqual(
      Object.fromEntries(LIMIT_NAMES.map((name) => [constantOf(name), LIMITS[name as keyof typeof LIMITS]])),
    );
  });
});
