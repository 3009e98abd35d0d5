/** Pairing: a code from the terminal for a token, by the calls that do it. docs/security.md. */
import crypto, { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPairing } from '../../server-companion/src/core/endpoint/pairing.ts';
import { loadIdentity } from '../../server-companion/src/core/identity.ts';
import {
  codeIn,
  DOORS,
  expectRefused,
  FIREFOX_ORIGIN,
  type GuardedApp,
  holdTerminal,
  json,
  serveGuarded,
} from './guarded-app.ts';

const pair = (guarded: GuardedApp, code?: string, origin?: string, door: 'app' | 'direct' = 'app') =>
  guarded.ask(door, {
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
      headers: { 'sessionscope-token': token, ...(origin === undefined ? {} : { Origin: origin }) },
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

  test.each(DOORS)(
    'at the door %s a code is exchanged once, for a token of 256 bits bound to the origin',
    async (door) => {
      expect(json(await pair(guarded, undefined, undefined, door))).toEqual({
        state: 'code-printed',
        expiresInMs: expect.any(Number) as number,
      });
      const code = codeIn(terminal.text());
      const answer = await pair(guarded, code, undefined, door);
      const { token } = json<{ token: string }>(answer);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(await isPaired(guarded, token)).toBe(true);
      expect(await isPaired(guarded, token, FIREFOX_ORIGIN)).toBe(false);
      expect(await isPaired(guarded, token.slice(0, -1) + (token.endsWith('A') ? 'E' : 'A'))).toBe(false);
      // Used.
      expect((await pair(guarded, code, undefined, door)).status).toBe(403);
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
    const pairing = createPairing({
      identity: loadIdentity(root, directory),
      print: (line) => lines.push(line),
      now: () => clock.now,
    });
    const code = () => codeIn(lines.join('\n'));
    const getToken = (origin: string) => {
      pairing.begin();
      return (pairing.complete(code(), origin) as { token: string }).token;
    };
    return { pairing, lines, code, getToken };
  }

  test('a code lives for two minutes', () => {
    const clock = { now: 1_000 };
    const { pairing, code, lines } = start(newRoot(), clock);
    pairing.begin();
    const first = code();
    clock.now += 119_999;
    expect(pairing.begin()).toEqual({ state: 'code-printed', expiresInMs: 1 });
    clock.now += 1;
    expect(pairing.complete(first, 'o')).toMatchObject({ status: 403 });
    pairing.begin();
    expect(lines).toHaveLength(2);
    expect(code()).not.toBe(first);
    expect(pairing.complete(first, 'o')).toMatchObject({ status: 403 });
    expect(pairing.complete(code(), 'o')).toMatchObject({ state: 'paired' });
  });

  test('a token outlives the process, is bound to its origin and to its project', () => {
    const [root, otherRoot] = [newRoot(), newRoot()];
    const token = start(root).getToken('moz-extension://one');
    const again = start(root).pairing;
    expect(again.isToken(token, 'moz-extension://one')).toBe(true);
    expect(again.isToken(token, undefined)).toBe(true);
    expect(again.isToken(token, 'moz-extension://two')).toBe(false);
    expect(start(otherRoot).pairing.isToken(token, 'moz-extension://one')).toBe(false);
    expect(start(otherRoot).pairing.isToken(token, undefined)).toBe(false);
  });

  test('what is kept is a hash, in a file that its owner alone can read, outside of the project', () => {
    const root = newRoot();
    const token = start(root).getToken('moz-extension://one');
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

  test('a state file that is damaged or hostile pairs with nobody and fails nothing', () => {
    const root = newRoot();
    const token = start(root).getToken('o');
    const file = join(
      directory,
      readdirSync(directory).find((name) => name.includes('pairing'))!,
    );
    const hostile = [
      '',
      '{',
      'null',
      '[]',
      '{"tokens":5}',
      '{"tokens":[null,5,{},{"hash":"x","origin":"o"},{"hash":5},{"__proto__":{"hash":"x"}}]}',
    ];
    for (const content of hostile) {
      rmSync(file);
      writeFileSync(file, content);
      const { pairing } = start(root);
      expect(pairing.isToken(token, 'o')).toBe(false);
      expect(pairing.isToken('', 'o')).toBe(false);
    }
    expect(start(root).pairing.isToken(start(root).getToken('o'), 'o')).toBe(true);
  });

  test('many browsers: thirty-two are kept, the oldest goes first', () => {
    const root = newRoot();
    const tokens = Array.from({ length: 34 }, () => start(root).getToken('o'));
    const { pairing } = start(root);
    expect(tokens.map((token) => pairing.isToken(token, 'o'))).toEqual(tokens.map((_token, index) => index >= 2));
  });

  test('a state directory that can not be written: paired for as long as the process lives', () => {
    const root = newRoot();
    const blocked = join(directory, 'file');
    writeFileSync(blocked, '');
    const identity = { ...loadIdentity(root, directory), directory: join(blocked, 'below') };
    const lines: string[] = [];
    const pairing = createPairing({ identity, print: (line) => lines.push(line) });
    pairing.begin();
    const { token } = pairing.complete(codeIn(lines.join('\n')), 'o') as { token: string };
    expect(pairing.isToken(token, 'o')).toBe(true);
  });

  test('comparison is constant-time, and with every token that is kept: none ends it early', () => {
    const root = newRoot();
    const tokens = Array.from({ length: 5 }, () => start(root).getToken('o'));
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      for (const token of [...tokens, 'A'.repeat(43)]) {
        compare.mockClear();
        start(root).pairing.isToken(token, 'o');
        expect(compare).toHaveBeenCalledTimes(5);
      }
      const { pairing, code } = start(root);
      pairing.begin();
      for (const given of ['BBBBBBBB', `${code().slice(0, 7)}B`, code()]) {
        compare.mockClear();
        pairing.complete(given, 'o');
        expect(compare).toHaveBeenCalledTimes(1);
      }
    } finally {
      compare.mockRestore();
      syncBuiltinESMExports();
    }
  });

  test('codes and tokens come from the system’s randomness, and none comes twice', () => {
    const codes = new Set<string>();
    const root = newRoot();
    for (let made = 0; made < 200; made++) {
      const { pairing, code } = start(root);
      pairing.begin();
      codes.add(code());
    }
    expect(codes.size).toBe(200);
  });
});
