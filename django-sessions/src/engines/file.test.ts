import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImproperlyConfigured, InvalidSessionKey } from '../errors.ts';
import { createSessions } from '../sessions.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (filePath = folder) => createSessions({ secretKey: 'several-processes', engine: 'file', filePath });

test('several processes at once: no record is torn, lost or left half written', async () => {
  const session = make().open();
  await session.set('text', 'a'.repeat(20_000));
  await session.save();
  const worker = fileURLToPath(new URL('../../tests/file-worker.ts', import.meta.url));
  const run = promisify(execFile);
  const reported = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      const { stdout } = await run(process.execPath, [worker, folder, session.sessionKey!, name, '60']);
      return JSON.parse(stdout) as object;
    }),
  );
  expect(reported).toEqual(Array.from({ length: 4 }, () => ({ torn: 0, lost: 0 })));
  const files = readdirSync(folder);
  expect(files.filter((name) => name.includes('_out_'))).toEqual([]);
  expect(files).toHaveLength(1 + 4 * 60);
});

test('a record is for its owner alone', async () => {
  const session = make().open();
  await session.set('a', 1);
  await session.save();
  expect(statSync(join(folder, `sessionid${session.sessionKey}`)).mode & 0o777).toBe(0o600);
});

test.each(['../outside0', '..%2foutside', 'a/b/c/d/e/f', 'sub\\dir00', 'null\u0000byte', 'UPPERCASE', 'ünïcödé00'])(
  'the key %j reaches no file',
  async (key) => {
    writeFileSync(join(folder, 'outside0'), 'untouched');
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const sessions = make(inner);
    const session = sessions.open(key);
    expect(await session.keys()).toEqual([]);
    expect(session.sessionKey).toBeNull();
    await expect(sessions.open().exists(key)).rejects.toThrow(InvalidSessionKey);
    await expect(sessions.open().deleteRecord(key)).rejects.toThrow(InvalidSessionKey);
    expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
    const blind = sessions.open(key);
    blind.clear();
    await expect(blind.save()).rejects.toThrow(InvalidSessionKey);
    expect(readFileSync(join(folder, 'outside0'), 'utf8')).toBe('untouched');
    expect(readdirSync(inner)).toEqual([]);
  },
);

test('a link in the place of a record is replaced, not written through', async () => {
  const target = join(folder, 'target');
  writeFileSync(target, 'untouched');
  const key = 'linkedlinkedlinkedlinkedlinked00';
  symlinkSync(target, join(folder, `sessionid${key}`));
  const session = make().open(key);
  session.clear();
  await session.save();
  expect(readFileSync(target, 'utf8')).toBe('untouched');
});

test('what another process has just begun to make reads as empty and keeps its key', async () => {
  const key = 'emptyemptyemptyemptyemptyempty00';
  writeFileSync(join(folder, `sessionid${key}`), '');
  const session = make().open(key);
  expect(await session.keys()).toEqual([]);
  expect(session.sessionKey).toBe(key);
});

test('clearExpired leaves alone what is no session of this cookie name', async () => {
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  writeFileSync(join(folder, 'sessionid_out_draft'), 'half');
  writeFileSync(join(folder, 'sessionidcorruptcorruptcorrupt'), 'no record');
  expect(await make().clearExpired()).toBe(0);
  expect(readdirSync(folder)).toHaveLength(3);
});

test('a folder that is not there is reported at once', () => {
  expect(() => make(join(folder, 'nowhere'))).toThrow(ImproperlyConfigured);
  expect(() => make(join(folder, 'nowhere'))).toThrow('nowhere');
});
