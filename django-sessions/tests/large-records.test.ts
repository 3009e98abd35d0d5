/** Records and values of a size that nobody planned for: read right, or refused in little time, never lost in silence. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSessionJson } from '../src/codec/json-read.ts';
import { writeSessionJson } from '../src/codec/json-write.ts';
import { readPickle } from '../src/codec/pickle-read.ts';
import { createSigner } from '../src/codec/signing.ts';
import { MalformedRecordError, UnserializableValueError } from '../src/errors.ts';
import { createSessions } from '../src/sessions.ts';
import { RECORD_SALT } from '../src/settings.ts';
import { SECRET } from './stores.ts';

const KEY = 'largelargelargelargelargelarge00';
const MEGABYTE = 1024 * 1024;

/** ms of this process's own time, not the machine's. Without the bounds each takes 4 times as long or more, with them a small part. */
const SOON_MS = 1_500;
const timed = (work: () => void): number => {
  const from = process.cpuUsage();
  work();
  return process.cpuUsage(from).user / 1_000;
};

describe('JSON', () => {
  test.each([
    ['plain', 'x'.repeat(16 * MEGABYTE), 'x'.repeat(16 * MEGABYTE)],
    ['of escapes', '\\u00e9'.repeat(MEGABYTE), 'é'.repeat(MEGABYTE)],
    ['of quotes and backslashes', '\\\\\\"'.repeat(2 * MEGABYTE), '\\"'.repeat(2 * MEGABYTE)],
  ])('a text of 16 MB %s beside a float is read', (_name, written, text) => {
    const data = readSessionJson(Buffer.from(`{"price":1.0,"text":"${written}"}`));
    expect([data.get('price'), data.get('text') === text]).toEqual([1, true]);
    expect(writeSessionJson(data).startsWith('{"price":1.0,"text":')).toBe(true);
  });

  test.each([
    ['without an end', '{"price":1.0,"text":"abc'],
    ['whose end is escaped', '{"price":1.0,"text":"abc\\"}'],
    ['with a control character', '{"price":1.0,"text":"a\nb"}'],
    ['with an escape that is none', '{"price":1.0,"text":"a\\x41"}'],
    ['with half an escape', '{"price":1.0,"text":"a\\u00"}'],
  ])('a text %s is not a session', (_name, json) => {
    expect(() => readSessionJson(Buffer.from(json))).toThrow(MalformedRecordError);
  });

  test('an integer of 16 million digits is refused before it is read', () => {
    const json = Buffer.from(`{"a":${'9'.repeat(16_000_000)}}`);
    expect(timed(() => expect(() => readSessionJson(json)).toThrow('too many digits'))).toBeLessThan(SOON_MS);
  });

  test('a bigint of 30 million bits is refused before it is written', () => {
    const value = 1n << 30_000_000n;
    for (const each of [value, -value]) {
      const took = timed(() =>
        expect(() => writeSessionJson(new Map([['a', each]]))).toThrow(UnserializableValueError),
      );
      expect(took).toBeLessThan(SOON_MS);
    }
  });

  test('integers of 4,300 digits are written, of 4,301 refused', () => {
    for (const sign of [1n, -1n]) {
      expect(writeSessionJson(new Map([['a', sign * (10n ** 4300n - 1n)]]))).toContain('9'.repeat(4300));
      expect(() => writeSessionJson(new Map([['a', sign * 10n ** 4300n]]))).toThrow('up to 4300 digits');
    }
  });
});

test('a pickle with an integer of 10 million bits is read in little time', () => {
  const length = 1_250_000;
  const head = Buffer.from([0x80, 4, 0x8b, 0, 0, 0, 0]);
  head.writeUInt32LE(length, 3);
  const pickle = Buffer.concat([head, Buffer.alloc(length, 0x7f), Buffer.from('.')]);
  expect(timed(() => readPickle(pickle))).toBeLessThan(SOON_MS);
});

describe('files', () => {
  let folder: string;
  const warnings: string[] = [];
  const make = () =>
    createSessions({
      secretKey: SECRET,
      engine: 'file',
      filePath: folder,
      logger: { warn: (message) => void warnings.push(message) },
    });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a session with a text of 12 MB and a float is kept', async () => {
    const session = make().open();
    await session.set('price', 1.5);
    await session.set('cart', { price: 1.5, text: 'é'.repeat(2 * MEGABYTE) });
    await session.save();
    const cart = (await make().open(session.sessionKey).get('cart')) as { text: string };
    expect(cart.text.length).toBe(2 * MEGABYTE);
  });

  test('a record that cannot be read is named before a save replaces it', async () => {
    const signer = createSigner({ secretKey: SECRET, salt: RECORD_SALT });
    const record = signer.sign(Buffer.from('{"user":').toString('base64url'));
    writeFileSync(join(folder, `sessionid${KEY}`), record);
    const session = make().open(KEY);
    expect(await session.keys()).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^A session's record could not be read: .* It reads as empty, and a save replaces it\.$/),
    ]);
    expect(warnings.join()).not.toContain(KEY);
  });

  test('a file of 1 GB is not read', async () => {
    writeFileSync(join(folder, `sessionid${KEY}`), 'x');
    truncateSync(join(folder, `sessionid${KEY}`), 1024 * MEGABYTE);
    expect(await make().open(KEY).keys()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('larger than')]);
    expect(await make().peek(KEY)).toMatchObject({ outcome: 'unreadable' });
  });

  test.skipIf(process.platform === 'win32')('what is not a file holds up nothing, and is not a record', async () => {
    const path = join(folder, `sessionid${KEY}`);
    execFileSync('mkfifo', [path]);
    const sessions = make();
    const work = async () => {
      expect(await sessions.open(KEY).keys()).toEqual([]);
      expect(await sessions.open().exists(KEY)).toBe(false);
      expect(await sessions.peek(KEY)).toEqual({ outcome: 'unreadable', why: 'It is not a regular file.' });
      const blind = sessions.open(KEY);
      blind.clear();
      await expect(blind.save()).rejects.toThrow('no longer exists');
      expect(await sessions.clearExpired()).toBe(0);
      for await (const listed of sessions.list()) expect(listed).toBeUndefined();
      // As many file operations as Node has threads for, and one more.
      await Promise.all(Array.from({ length: 8 }, () => sessions.open(KEY).keys()));
      const other = sessions.open();
      await other.set('a', 1);
      await other.save();
      return 'done';
    };
    expect(await Promise.race([work(), wait(5_000, 'held up')])).toBe('done');
  });
});
