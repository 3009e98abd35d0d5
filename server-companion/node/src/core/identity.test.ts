import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadIdentity, projectRoot } from './identity.ts';
import { readState, stateDirectory, writeState } from './state-directory.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sessionscope-identity-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(scratch, 'state-'));

const KEY = 'a-session-key-that-nobody-may-see';

// ── the state directory ──────────────────────────────────────────────────────

test('lies where the system keeps the state of a user', () => {
  expect(stateDirectory({ XDG_STATE_HOME: '/x/state' }, 'linux')).toBe('/x/state/sessionscope');
  expect(stateDirectory({}, 'linux')).toBe(join(homedir(), '.local', 'state', 'sessionscope'));
  expect(stateDirectory({ XDG_STATE_HOME: '' }, 'darwin')).toBe(join(homedir(), '.local', 'state', 'sessionscope'));
  expect(stateDirectory({ LOCALAPPDATA: '/users/ada/local' }, 'win32')).toBe(join('/users/ada/local', 'sessionscope'));
});

test('keeps what is written for its owner only, even over a file that was open to all', () => {
  const directory = join(newFolder(), 'sessionscope');
  writeState(directory, '/project', 'pairing', { tokens: [1] });
  const [name] = readdirSync(directory);
  const path = join(directory, name!);
  expect(readState(directory, '/project', 'pairing')).toEqual({ tokens: [1] });
  if (process.platform !== 'win32') {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  }
  writeFileSync(path, '{}', { mode: 0o644 });
  rmSync(path);
  writeFileSync(path, '{}', { mode: 0o644 });
  writeState(directory, '/project', 'pairing', { tokens: [2] });
  expect(readState(directory, '/project', 'pairing')).toEqual({ tokens: [2] });
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  // Written beside and moved: nothing is left over.
  expect(readdirSync(directory)).toEqual([name]);
});

test('keeps projects and purposes apart, and takes what is damaged for nothing', () => {
  const directory = newFolder();
  writeState(directory, '/one', 'identity', 1);
  writeState(directory, '/two', 'identity', 2);
  writeState(directory, '/one', 'pairing', 3);
  expect(readState(directory, '/one', 'identity')).toBe(1);
  expect(readState(directory, '/two', 'identity')).toBe(2);
  expect(readState(directory, '/three', 'identity')).toBeUndefined();
  for (const name of readdirSync(directory)) writeFileSync(join(directory, name), '{"app": ');
  expect(readState(directory, '/one', 'identity')).toBeUndefined();
  expect(readState(join(directory, 'nowhere'), '/one', 'identity')).toBeUndefined();
});

// ── who a project is ─────────────────────────────────────────────────────────

test('names the project and its sessions the same over restarts, and others differently', () => {
  const directory = newFolder();
  const first = loadIdentity('/project', directory);
  const again = loadIdentity('/project', directory);
  const other = loadIdentity('/elsewhere', directory);
  expect(first.app).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(first.fingerprint(KEY)).toMatch(/^[0-9a-f]{12}$/);
  expect([again.app, again.fingerprint(KEY), again.digest('x')]).toEqual([
    first.app,
    first.fingerprint(KEY),
    first.digest('x'),
  ]);
  expect(other.app).not.toBe(first.app);
  expect(other.fingerprint(KEY)).not.toBe(first.fingerprint(KEY));
  expect(first.digest(KEY)).not.toBe(first.fingerprint(KEY));
});

test('names sessions the same in another process', () => {
  const directory = newFolder();
  const mine = loadIdentity('/project', directory).fingerprint(KEY);
  const script = `import { loadIdentity } from ${JSON.stringify(new URL('identity.ts', import.meta.url).href)};
    console.log(loadIdentity('/project', ${JSON.stringify(directory)}).fingerprint(${JSON.stringify(KEY)}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout.trim(), stderr).toBe(mine);
});

test('finds the key of a session that it has named, and keeps it from every file', () => {
  const directory = newFolder();
  const identity = loadIdentity('/project', directory);
  const fingerprint = identity.fingerprint(KEY);
  expect(identity.keyOf(fingerprint)).toBe(KEY);
  expect(identity.keyOf('0123456789ab')).toBeUndefined();
  for (const name of readdirSync(directory)) expect(readFileSync(join(directory, name), 'utf8')).not.toContain(KEY);
  // Bounded: a flood of sessions lets the oldest names go.
  for (let index = 0; index < 20_000; index++) identity.fingerprint(`key ${index}`);
  expect(identity.keyOf(fingerprint)).toBeUndefined();
  expect(identity.fingerprint(KEY)).toBe(fingerprint);
});

test('makes a new identity where the kept one is damaged, and does without a place to keep it', () => {
  const directory = newFolder();
  const first = loadIdentity('/project', directory);
  for (const content of [null, [], { app: 'x' }, { app: first.app, key: 'short' }, { app: 7, key: {} }]) {
    writeState(directory, '/project', 'identity', content);
    const made = loadIdentity('/project', directory);
    expect(made.app).not.toBe(first.app);
    expect(loadIdentity('/project', directory).app).toBe(made.app);
  }
  // A file stands where the directory should be.
  const blocked = join(newFolder(), 'file');
  writeFileSync(blocked, '');
  const homeless = loadIdentity('/project', blocked);
  expect(homeless.fingerprint(KEY)).toMatch(/^[0-9a-f]{12}$/);
});

test('a project is the nearest folder with a package.json, and is called by its name', () => {
  const root = newFolder();
  const deep = join(root, 'src', 'deep');
  mkdirSync(deep, { recursive: true });
  expect(projectRoot(deep)).toBe(deep);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'shop' }));
  expect(projectRoot(deep)).toBe(root);
  expect(loadIdentity(root, newFolder()).project).toBe('shop');
  writeFileSync(join(root, 'package.json'), 'not JSON');
  expect(loadIdentity(root, newFolder()).project).toBe(root.split('/').at(-1));
});

test('takes keys out of any text, in each form that a text has them', () => {
  const identity = loadIdentity('/project', newFolder());
  const plain = 'kN3vW_-x1q9ZtY7bRmC2uJd8';
  const odd = 'sess:6f1c1f0e-1b9a-4c8e-9d55-0123456789ab/eu';
  const [name, oddName] = [identity.fingerprint(plain), identity.fingerprint(odd)];
  for (const text of [plain, `"${plain}"`, `s:${plain}.c2ln`, `/s/${plain}.json`, `x=${plain}&y`, `s%3A${plain}.c2ln`])
    expect(identity.withoutKeys(text)).toBe(text.replace(plain, `(session ${name})`));
  expect(identity.withoutKeys(`no ${odd}`)).toBe(`no sess:(session ${oddName})/eu`);
  expect(identity.withoutKeys(`sess_${plain}_x`)).toBe(`sess_(session ${name})_x`);
  const other = 'nothing of it is a key: 0123456789abcdef0123456789abcdef %41';
  expect(identity.withoutKeys(other)).toBe(other);
});

test('processes that start together for the first time agree on who the project is', async () => {
  const script = `import { loadIdentity } from ${JSON.stringify(new URL('identity.ts', import.meta.url).href)};
    process.stdin.once('data', () => {
      const { app, fingerprint } = loadIdentity('/project', process.argv[1]);
      console.log(app, fingerprint(${JSON.stringify(KEY)}));
      process.exit();
    });
    console.log('ready');`;
  const directories = Array.from({ length: 5 }, newFolder);
  for (const directory of directories) {
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script, directory], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
    const answers = children.map(({ stdout }) => once(stdout, 'data'));
    for (const { stdin } of children) stdin.write('go');
    const names = (await Promise.all(answers)).map(([line]) => String(line));
    expect(new Set(names).size).toBe(1);
    expect(loadIdentity('/project', directory).app).toBe(names[0]!.split(' ')[0]);
    expect(readdirSync(directory)).toHaveLength(1);
  }
});
