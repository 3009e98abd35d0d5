/** Pairing: a code from the terminal for a token, by the calls that do it. docs/security.md. */
import crypto, { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPairedKeys } from '../../server-companion/node/src/core/endpoint/paired-keys.ts';
import { createPairing } from '../../server-companion/node/src/core/endpoint/pairing.ts';
import { loadIdentity } from '../../server-companion/node/src/core/identity.ts';
import { keyIdOf } from '../reliability/proof-client.ts';
import {
  codeIn,
  LISTENERS,
  expectRefused,
  FIREFOX_ORIGIN,
  type GuardedApp,
  holdTerminal,
  json,
  serveGuarded,
} from './guarded-app.ts';

const pair = (guarded: GuardedApp, code?: string, origin?: string, listener: 'app' | 'direct' = 'app') =>
  guarded.ask(listener, {
    call: 'pair',
    withToken: false,
    body: { v: 1, ...(code === undefined ? {} : { code }) },
    ...(origin === undefined ? {} : { headers: { Origin: origin } }),
  });

const isPaired = async (guarded: GuardedApp, token: string, origin?: string) =>
  json<{ paired: boolean }>(
    await guarded.ask('app', {
      call: 'hello',
      withToken: false,
      body: { versions: [1], key: keyIdOf(token) },
      ...(origin === undefined ? {} : { headers: { Origin: origin } }),
    }),
  ).paired;

describe('at the endpoint', () => {
  let guarded: GuardedApp;
  let terminal: ReturnType<typeof holdTerminal>;
  beforeEach(async () => {
    guarded = await serveGuarded();
    terminal = holdTerminal();
  });
  afterEach(async () => {
    terminal[Symbol.dispose]();
    await guarded[Symbol.asyncDispose]();
  });

  test.each(LISTENERS)(
    'at the listener %s a code is exchanged once, for a token of 256 bits bound to the origin',
    async (listener) => {
      expect(json(await pair(guarded, undefined, undefined, listener))).toEqual({
        state: 'code-printed',
        expiresInMs: expect.any(Number) as number,
      });
      const code = codeIn(terminal.text());
      const answer = await pair(guarded, code, undefined, listener);
      const { token } = json<{ token: string }>(answer);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(await isPaired(guarded, token)).toBe(true);
      expect(await isPaired(guarded, token, FIREFOX_ORIGIN)).toBe(false);
      expect(await isPaired(guarded, token.slice(0, -1) + (token.endsWith('A') ? 'E' : 'A'))).toBe(false);
      // Used.
      expect((await pair(guarded, code, undefined, listener)).status).toBe(403);
      expect(terminal.text()).not.toContain(token);
    },
  );

  test('a token of another origin does not open anything', async () => {
    await expectRefused(guarded, 'app', { headers: { Origin: FIREFOX_ORIGIN } });
  });

  test('one code is live: who asks again is shown the same, and one line is printed', async () => {
    for (let asked = 0; asked < 30; asked++) expect((await pair(guarded)).status).toBe(200);
    expect(terminal.text().match(/pairing code/g)).toHaveLength(1);
  });

  test('five tries: the right code is refused after five wrong ones', async () => {
    await pair(guarded);
    const code = codeIn(terminal.text());
    for (let tries = 1; tries <= 5; tries++) {
      const answer = await pair(guarded, code === 'BBBBBBBB' ? 'CCCCCCCC' : 'BBBBBBBB');
      expect(answer.status).toBe(403);
      expect(json(answer)).toMatchObject({ error: { code: tries < 5 ? 'wrong-code' : 'too-many-tries' } });
    }
    expect((await pair(guarded, code)).status).toBe(403);
  });

  test('a code is typed by people: small letters, spaces and dashes are forgiven', async () => {
    await pair(guarded);
    const code = codeIn(terminal.text()).toLowerCase();
    expect((await pair(guarded, `${code.slice(0, 4)} - ${code.slice(4)}`)).status).toBe(200);
  });

  test('lines in the terminal are bounded, whoever asks', async () => {
    for (let asked = 0; asked < 40; asked++) {
      await pair(guarded);
      for (let tries = 0; tries < 5; tries++) await pair(guarded, 'BBBBBBBB');
    }
    expect(terminal.text().match(/pairing code/g)!.length).toBeLessThanOrEqual(20);
    const answer = await pair(guarded);
    expect(answer.status).toBe(429);
  });

  test.each([
    ['no text', 5],
    ['too long', 'B'.repeat(33)],
    ['an object', {}],
  ])('a code that is %s is no message', async (_name, code) => {
    await pair(guarded);
    expect((await guarded.ask('app', { call: 'pair', body: { v: 1, code } })).status).toBe(400);
  });
});

describe('over processes', () => {
  let directory: string;
  const roots: string[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sessionscope-state-'));
  });
  afterEach(() => {
    for (const folder of [directory, ...roots.splice(0)]) rmSync(folder, { recursive: true, force: true });
  });
  const newRoot = () => {
    const root = mkdtempSync(join(tmpdir(), 'sessionscope-root-'));
    roots.push(root);
    return root;
  };

  /** One process of a project; `clock` is its time. */
  function start(root: string, clock = { now: 0 }) {
    const lines: string[] = [];
    const identity = loadIdentity(root, directory);
    const keys = createPairedKeys(identity);
    const pairing = createPairing({
      identity,
      keys,
      print: (line) => lines.push(line),
      now: () => clock.now,
    });
    const code = () => codeIn(lines.join('\n'));
    const getToken = async (origin: string) => {
      await pairing.begin();
      return ((await pairing.complete(code(), origin)) as { token: string }).token;
    };
    /** Whether the key of a token is known for an origin. */
    const knows = (token: string, origin: string | undefined) => keys.find(keyIdOf(token), origin) !== undefined;
    return { pairing, keys, lines, code, getToken, knows };
  }

  test('a code lives for two minutes', async () => {
    const clock = { now: 1_000 };
    const { pairing, code, lines } = start(newRoot(), clock);
    await pairing.begin();
    const first = code();
    clock.now += 119_999;
    expect(await pairing.begin()).toEqual({ state: 'code-printed', expiresInMs: 1 });
    clock.now += 1;
    expect(await pairing.complete(first, 'o')).toMatchObject({ status: 403 });
    await pairing.begin();
    expect(lines).toHaveLength(2);
    expect(code()).not.toBe(first);
    expect(await pairing.complete(first, 'o')).toMatchObject({ status: 403 });
    expect(await pairing.complete(code(), 'o')).toMatchObject({ state: 'paired' });
  });

  test('the processes of a project share one code, its tries and its end', async () => {
    const root = newRoot();
    const workers = Array.from({ length: 4 }, () => start(root));
    await Promise.all(workers.map(({ pairing }) => pairing.begin()));
    const printed = workers.flatMap(({ lines }) => lines);
    expect(printed).toHaveLength(1);
    const code = codeIn(printed.join('\n'));
    const wrong = code === 'BBBBBBBB' ? 'CCCCCCCC' : 'BBBBBBBB';
    // Four wrong ones, each to another process, and the right one to a fifth that never printed any.
    const left = await Promise.all(workers.map(({ pairing }) => pairing.complete(wrong, 'o')));
    expect(left.map((answer) => (answer as { message: string }).message).sort()).toEqual(
      [1, 2, 3, 4].map((tries) => `That is not the code. ${tries} tries are left.`),
    );
    expect(await start(root).pairing.complete(code, 'o')).toMatchObject({ state: 'paired' });
    // Used, for all of them.
    for (const { pairing } of workers) expect(await pairing.complete(code, 'o')).toMatchObject({ status: 403 });
  });

  test('five tries are five, however many processes are asked', async () => {
    const root = newRoot();
    const workers = Array.from({ length: 3 }, () => start(root));
    await workers[0]!.pairing.begin();
    const code = workers[0]!.code();
    const wrong = code === 'BBBBBBBB' ? 'CCCCCCCC' : 'BBBBBBBB';
    const answers = [];
    for (let tries = 0; tries < 6; tries++) answers.push(await workers[tries % 3]!.pairing.complete(wrong, 'o'));
    expect(answers.map((answer) => (answer as { code: string }).code)).toEqual([
      ...Array.from({ length: 4 }, () => 'wrong-code'),
      'too-many-tries',
      'wrong-code',
    ]);
    for (const { pairing } of workers) expect(await pairing.complete(code, 'o')).toMatchObject({ status: 403 });
  });

  test('a lock that a process left behind holds nobody up', async () => {
    const root = newRoot();
    const { pairing } = start(root);
    await pairing.begin();
    const file = readdirSync(directory).find((name) => name.endsWith('.pairing.json'))!;
    const lock = join(directory, `${file}.lock`);
    writeFileSync(lock, '');
    const longAgo = Date.now() / 1_000 - 60;
    utimesSync(lock, longAgo, longAgo);
    expect(await pairing.begin()).toMatchObject({ state: 'code-printed' });
    expect(readdirSync(directory)).not.toContain(`${file}.lock`);
  });

  test('a key outlives the process, is bound to its origin and to its project', async () => {
    const [root, otherRoot] = [newRoot(), newRoot()];
    const token = await start(root).getToken('moz-extension://one');
    const { knows } = start(root);
    expect(knows(token, 'moz-extension://one')).toBe(true);
    expect(knows(token, undefined)).toBe(true);
    expect(knows(token, 'moz-extension://two')).toBe(false);
    expect(start(otherRoot).knows(token, 'moz-extension://one')).toBe(false);
    expect(start(otherRoot).knows(token, undefined)).toBe(false);
  });

  test('what is kept is a hash, in a file that its owner alone can read, outside of the project', async () => {
    const root = newRoot();
    const token = await start(root).getToken('moz-extension://one');
    const files = readdirSync(directory);
    const file = files.find((name) => name.includes('pairing'))!;
    const text = readFileSync(join(directory, file), 'utf8');
    expect(text).toContain(createHash('sha256').update(token).digest('hex'));
    for (const name of files) {
      expect(readFileSync(join(directory, name), 'utf8')).not.toContain(token);
      if (process.platform !== 'win32') expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(root)).toEqual([]);
  });

  test('a live code is kept as a hash too', async () => {
    const root = newRoot();
    const { pairing, code } = start(root);
    await pairing.begin();
    for (const name of readdirSync(directory))
      expect(readFileSync(join(directory, name), 'utf8')).not.toContain(code());
  });

  test('a state file that is damaged or hostile pairs with nobody and fails nothing', async () => {
    const root = newRoot();
    const token = await start(root).getToken('o');
    const file = join(
      directory,
      readdirSync(directory).find((name) => name.includes('pairing'))!,
    );
    const hostile = [
      '',
      '{',
      'null',
      '[]',
      '{"tokens":5,"code":5}',
      '{"code":{"hash":"x","until":"never","tries":-1}}',
      '{"tokens":[null,5,{},{"hash":"x","origin":"o"},{"hash":5},{"__proto__":{"hash":"x"}}]}',
    ];
    for (const content of hostile) {
      rmSync(file);
      writeFileSync(file, content, { mode: 0o600 });
      expect(start(root).knows(token, 'o')).toBe(false);
    }
    const again = start(root);
    expect(again.knows(await again.getToken('o'), 'o')).toBe(true);
  });

  test.skipIf(process.platform === 'win32')(
    'what others could have written, or can read, is taken for not there, and replaced by what they can not',
    async () => {
      const root = newRoot();
      const token = await start(root).getToken('o');
      const file = join(
        directory,
        readdirSync(directory).find((name) => name.endsWith('.pairing.json'))!,
      );
      const kept = readFileSync(file);
      expect(start(root).knows(token, 'o')).toBe(true);
      for (const mode of [0o666, 0o660, 0o644, 0o604]) {
        chmodSync(file, mode);
        expect([mode, start(root).knows(token, 'o')]).toEqual([mode, false]);
      }
      // A link may lead to anything, a pipe may never end, a folder is not a file.
      for (const put of [
        () => symlinkSync('/etc/passwd', file),
        () => execFileSync('mkfifo', [file]),
        () => mkdirSync(file),
        () => writeFileSync(file, Buffer.alloc(2_000_000, 32), { mode: 0o600 }),
      ]) {
        rmSync(file, { recursive: true, force: true });
        put();
        expect(start(root).knows(token, 'o')).toBe(false);
      }
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, kept, { mode: 0o600 });
      // A folder that everybody can write is made its owner's before anything is put there.
      chmodSync(directory, 0o777);
      const later = await start(root).getToken('o');
      expect(start(root).knows(later, 'o')).toBe(true);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    },
  );

  test('many browsers: thirty-two are kept, the oldest goes first', async () => {
    const root = newRoot();
    const tokens: string[] = [];
    for (let made = 0; made < 34; made++) tokens.push(await start(root).getToken('o'));
    const { knows } = start(root);
    expect(tokens.map((token) => knows(token, 'o'))).toEqual(tokens.map((_token, index) => index >= 2));
  });

  test('a state directory that can not be written: paired for as long as the process lives', async () => {
    const root = newRoot();
    const blocked = join(directory, 'file');
    writeFileSync(blocked, '');
    const identity = { ...loadIdentity(root, directory), directory: join(blocked, 'below') };
    const lines: string[] = [];
    const keys = createPairedKeys(identity);
    const pairing = createPairing({ identity, keys, print: (line) => lines.push(line) });
    await pairing.begin();
    const { token } = (await pairing.complete(codeIn(lines.join('\n')), 'o')) as { token: string };
    expect(keys.find(keyIdOf(token), 'o')).toBeDefined();
  });

  test('a project whose name moves the cursor prints a plain one', async () => {
    const root = newRoot();
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: '\u001b[2Jshop\u202e\r\n\u0007' }));
    const { pairing, lines } = start(root);
    await pairing.begin();
    expect(lines.join('')).toMatch(/^Sessionscope: pairing code for \[2Jshop: [A-Z0-9]{8} {3}\(for 2 minutes/);
  });

  test('comparison is constant-time', async () => {
    const root = newRoot();
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      const { pairing, code } = start(root);
      await pairing.begin();
      for (const given of ['BBBBBBBB', `${code().slice(0, 7)}B`, code()]) {
        compare.mockClear();
        await pairing.complete(given, 'o');
        expect(compare).toHaveBeenCalledTimes(1);
      }
    } finally {
      compare.mockRestore();
      syncBuiltinESMExports();
    }
  });

  test('codes and tokens come from the system’s randomness, and none comes twice', async () => {
    const codes = new Set<string>();
    for (let made = 0; made < 200; made++) {
      const { pairing, code } = start(newRoot());
      await pairing.begin();
      codes.add(code());
    }
    expect(codes.size).toBe(200);
  });
});
