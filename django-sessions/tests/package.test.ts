/** What npm gives a user: the package's content, its entries, and its command, run as a user runs it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeSession } from '../src/decode.ts';
import { createSessions } from '../src/sessions.ts';
import { installInto, mustRun, packPackage, type Packed, runShell } from './packed.ts';

const SECRET = 'packed-secret';
const DATA = { username: 'ünï', price: 1.5, nested: { list: [1, null, true] } };
const SHOWN = '{\n  "username":"\\u00fcn\\u00ef",\n  "price":1.5,\n  "nested":{"list":[1,null,true]}\n}\n';

let packed: Packed;
let folder: string;

beforeAll(async () => {
  packed = await packPackage();
  folder = mkdtempSync(join(tmpdir(), 'django-sessions-user-'));
  // As who writes TypeScript for Node has them.
  await installInto(folder, packed.path, '@types/node@24', '@types/express@5', 'fastify@5');
}, 180_000);
afterAll(() => {
  packed?.dispose();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const run = (args: string, { env = {}, input }: { env?: Record<string, string>; input?: string } = {}) =>
  runShell(`node_modules/.bin/django-sessions ${args}`, {
    cwd: folder,
    env: { SECRET_KEY: SECRET, ...env },
    ...(input === undefined ? {} : { input }),
  });

test('holds what is run and its types, and nothing else', () => {
  const others = packed.files.filter((path) => !/^dist\/[\w-]+\.(c?js|d\.c?ts|c?js\.map)$/.test(path));
  const docs = others.filter((path) => path.startsWith('dist/docs/'));
  expect(others.filter((path) => !docs.includes(path)).toSorted()).toEqual([
    'README.md',
    'dist/THIRD-PARTY-LICENSES.txt',
    'package.json',
  ]);
  // The README has no address to name: what it lists comes with it.
  const readme = readFileSync(join(folder, 'node_modules/@sessionscope/django-sessions/README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| `([\w-]+\.md)` \|/gm)].map(([, page]) => `dist/docs/${page}`);
  expect(listed.length).toBeGreaterThan(3);
  expect(docs.toSorted()).toEqual(listed.toSorted());
});

test('every entry loads where no optional package is installed', async () => {
  const { exports } = JSON.parse(
    readFileSync(join(folder, 'node_modules/@sessionscope/django-sessions/package.json'), 'utf8'),
  ) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
  expect(entries.length).toBeGreaterThan(10);
  const code = entries
    .map(
      (entry) => `console.log(Object.keys(await import('@sessionscope/django-sessions${entry.slice(1)}')).length > 0)`,
    )
    .join(';');
  const out = await mustRun(`node --input-type=module -e "${code}"`, { cwd: folder });
  expect(out.trim().split('\n')).toEqual(entries.map(() => 'true'));
});

test.each(['cache', 'cached_db'])(
  '%s without the package redis is an error of each use, not a guest whose cookie is deleted',
  async (engine) => {
    const code = `
      import { createSessions } from '@sessionscope/django-sessions';
      import { webSessions } from '@sessionscope/django-sessions/web';
      const sessions = createSessions({ secretKey: 'x', engine: '${engine}', database: ':memory:' });
      await sessions.createTable();
      const handle = webSessions(sessions, async (request, session) => new Response(String(await session.get('a', 'Guest'))));
      const cookie = 'sessionid=abcdefghijklmnopqrstuvwxyz012345';
      await handle(new Request('http://app.test/', { headers: { cookie } })).then(
        (response) => console.log(response.status, response.headers.get('set-cookie')),
        (error) => console.log(error.name, error.message),
      );`;
    const out = await mustRun('node --input-type=module -', { cwd: folder, input: code });
    expect(out.trim()).toBe('ImproperlyConfigured Sessions: the cache needs the package redis: npm install redis');
  },
);

test("a user's strict TypeScript is checked by it, without a cast", async () => {
  writeFileSync(
    join(folder, 'app.mts'),
    `import { createSessions, type Session } from '@sessionscope/django-sessions';
import { webSessions } from '@sessionscope/django-sessions/web';
interface Data { username: string; cart: { id: number }[] }
const sessions = createSessions<Data>({ secretKey: 'x' });
export async function handle(session: Session<Data>): Promise<string> {
  await session.set('cart', [{ id: 1 }]);
  // @ts-expect-error A number is no name.
  await session.set('username', 1);
  // @ts-expect-error There is no such key.
  await session.get('user');
  const cart = await session.get('cart', []);
  cart.push({ id: 2 });
  const first: { id: number } | undefined = (await session.pop('cart', []))[0];
  const maybe: string | null = await session.get('username', null);
  session.loaded.get('cart', []).push({ id: first?.id ?? maybe?.length ?? 3 });
  return session.get('username', 'Guest');
}
export default { fetch: webSessions(sessions, async (_request, session) => new Response(await handle(session))) };
`,
  );
  await mustRun('tsc --noEmit --strict --target es2024 --module nodenext --types node --lib es2024,dom app.mts', {
    cwd: folder,
  });
});

/** As the reference writes it. */
const MERGED: Record<string, string> = {
  express: `import express from 'express';
import { createSessions, type Session } from '@sessionscope/django-sessions';
import { expressSessions } from '@sessionscope/django-sessions/express';
interface Data { username: string }
declare global { namespace Express { interface Request { session: Session<Data> } } }
const sessions = createSessions<Data>({ secretKey: 'x' });
const app = express();
app.use(expressSessions(sessions));
app.get('/', async (request, response) => {
  // @ts-expect-error There is no such key.
  await request.session.get('user');
  const name: string = await request.session.get('username', 'Guest');
  response.send(name);
});
`,
  fastify: `import fastify from 'fastify';
import { createSessions, type Session } from '@sessionscope/django-sessions';
import { fastifySessions } from '@sessionscope/django-sessions/fastify';
interface Data { username: string }
declare module 'fastify' { interface FastifyRequest { session: Session<Data> } }
const sessions = createSessions<Data>({ secretKey: 'x' });
const app = fastify();
await app.register(fastifySessions(sessions));
app.get('/', async (request) => {
  // @ts-expect-error There is no such key.
  await request.session.get('user');
  const name: string = await request.session.get('username', 'Guest');
  return name;
});
`,
};

test.each(Object.entries(MERGED))(
  'request.session of %s has the type that the app declares',
  async (name, code) => {
    writeFileSync(join(folder, `${name}.mts`), code);
    await mustRun(
      `tsc --noEmit --strict --skipLibCheck --target es2024 --module nodenext --types node --lib es2024,dom ${name}.mts`,
      { cwd: folder },
    );
  },
  60_000,
);

test('says what it does', async () => {
  const help = await run('--help');
  expect(help.code).toBe(0);
  for (const word of ['decode', 'inspect', 'clear-expired', '--secret-key-file']) expect(help.stdout).toContain(word);
  expect((await run('')).code).toBe(2);
});

test('npx finds it under the name of the package', async () => {
  const out = await mustRun('npx --no-install @sessionscope/django-sessions --help', { cwd: folder });
  expect(out).toContain('inspect');
});

describe('decode', () => {
  const record = encodeSession(DATA, { secretKey: SECRET });

  test('shows a record, from an argument or from standard input', async () => {
    expect(await run(`decode '${record}'`)).toEqual({ code: 0, stdout: SHOWN, stderr: '' });
    expect(await run('decode', { input: `${record}\n` })).toEqual({ code: 0, stdout: SHOWN, stderr: '' });
  });

  test('reads a cookie of signed_cookies, and a record of an older secret', async () => {
    const cookie = encodeSession(DATA, { secretKey: SECRET, kind: 'cookie' });
    expect((await run(`decode --cookie '${cookie}'`)).stdout).toBe(SHOWN);
    const older = encodeSession(DATA, { secretKey: 'older' });
    expect((await run(`decode --fallback older '${older}'`)).stdout).toBe(SHOWN);
  });

  test('takes the secret from a file', async () => {
    writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
    expect((await run(`decode --secret-key-file secret '${record}'`, { env: { SECRET_KEY: '' } })).stdout).toBe(SHOWN);
  });

  test.each([
    ['a changed record', () => `decode '${record.slice(0, -1)}'`, {}, 'signature does not match'],
    ['no record', () => "decode 'abc'", {}, 'No ":" found'],
    ['another secret', () => `decode '${record}'`, { SECRET_KEY: 'other' }, 'another SECRET_KEY'],
    ['no secret', () => `decode '${record}'`, { SECRET_KEY: '' }, 'Missing SECRET_KEY'],
    ['a missing file', () => `decode --secret-key-file nowhere '${record}'`, {}, 'nowhere'],
    ['an unknown command', () => 'encode', {}, 'Unknown command "encode"'],
    ['an unknown option', () => 'decode --secret x', {}, '--secret'],
    ['an unknown engine', () => 'inspect --engine memcached abcdefgh', {}, 'engine must be one of'],
    ['an unknown database', () => 'inspect --database oracle://x abcdefgh', {}, 'names oracle'],
    ['no key', () => 'inspect', {}, 'inspect <key>'],
    ['a cache version that is not a number', () => 'inspect --engine cache --cache-version x abcdefgh', {}, 'version'],
    ['an unknown time zone', () => 'inspect --time-zone Mars/Olympus abcdefgh', {}, 'Mars/Olympus'],
  ])('%s is one clear line on standard error', async (_name, args, env, message) => {
    const { code, stdout, stderr } = await run(args(), { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain(SECRET);
  });
});

describe('with a store', () => {
  const keep = async (options: Parameters<typeof createSessions>[0]) => {
    const sessions = createSessions(options);
    await sessions.createTable();
    const live = sessions.open();
    await live.update(DATA);
    await live.save();
    const over = sessions.open();
    await over.setExpiry(new Date(Date.now() - 5_000));
    await over.save();
    await sessions.close();
    return { live: live.sessionKey!, over: over.sessionKey! };
  };

  test('inspect shows a row with its end and size; clear-expired deletes what has expired', async () => {
    const { live, over } = await keep({ secretKey: SECRET, database: join(folder, 'db.sqlite3') });
    const shown = await run(`inspect ${live}`);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^expires: \d{4}-\d\d-\d\dT[\d:.]+Z\nbytes: \d+\n\{/);
    expect(shown.stdout).toContain(SHOWN);
    expect((await run(`inspect ${over}`)).stdout).toMatch(/^expired: /);
    // A table's records end without a secret.
    expect(await run('clear-expired', { env: { SECRET_KEY: '' } })).toMatchObject({
      code: 0,
      stdout: '1 expired records deleted.\n',
    });
    const gone = await run(`inspect ${over}`);
    expect([gone.code, gone.stdout]).toEqual([1, 'No record with this key.\n']);
    const unreadable = await run(`inspect ${live}`, { env: { SECRET_KEY: 'other' } });
    expect(unreadable.code).toBe(1);
    expect(unreadable.stdout).toContain('The record cannot be read: The signature does not match');
  });

  test('the same of files', async () => {
    const options = { secretKey: SECRET, engine: 'file', filePath: folder, cookieName: 'mine' } as const;
    const { live, over } = await keep(options);
    const args = '--engine file --file-path . --cookie-name mine';
    expect((await run(`inspect ${args} ${live}`)).stdout).toContain(SHOWN);
    expect((await run(`clear-expired ${args}`)).stdout).toBe('1 expired records deleted.\n');
    expect((await run(`inspect ${args} ${over}`)).code).toBe(1);
  });

  test('an engine whose sessions end by themselves says so', async () => {
    expect((await run('clear-expired --engine signed_cookies')).stdout).toBe(
      'Sessions of this engine expire by themselves.\n',
    );
  });

  test('a table that is not there, a driver that is not installed', async () => {
    const { code, stderr } = await run('clear-expired --database empty.sqlite3');
    expect(code).toBe(1);
    expect(stderr).toContain('no such table: django_session');
    const missing = await run('clear-expired --database postgres://postgres@127.0.0.1/test');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('npm install pg');
  });
});
