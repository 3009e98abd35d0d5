/** The demo on Django's sessions in TypeScript has every page of the Django demo, and every page says where to look. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemo } from '../../playground/django-sessions/demo.ts';
import { ROOT } from '../../scripts/project.ts';

const DJANGO = join(ROOT, 'playground', 'django', 'demo');
const read = (...path: string[]) => readFileSync(join(DJANGO, ...path), 'utf8');

/** Paths below the pages of the Django demo that are scenarios: those that their handlers are for. */
function stagedPaths(): string[] {
  const staged = [...read('problems', 'staged.py').matchAll(/id="([^"]+)",(?:\s+module="([^"]+)",)?/g)];
  return staged.flatMap(([, id = '', module = id]) => {
    const file = join(ROOT, 'playground', 'scenarios', 'python', `${module.replaceAll('-', '_')}.py`);
    const [, routes = ''] = /^ROUTES: Routes = \{(.+?)\}/ms.exec(readFileSync(file, 'utf8'))!;
    return [...routes.matchAll(/"(?:GET|POST) \/([^"]*)"/g)].map(([, path]) => `/problems/${id}/${path}`);
  });
}

/** Every path that the Django demo answers, off its own sources. */
function djangoPaths(): string[] {
  const own = [...read('urls.py').matchAll(/path\("([^"]*)", views/g)].map(([, path]) => `/${path}`);
  const modules = ['problems', 'beliefs'].flatMap((folder) =>
    readdirSync(join(DJANGO, folder))
      .filter((name) => name.endsWith('.py') && !['__init__.py', 'staged.py'].includes(name))
      .map((name) => join(folder, name)),
  );
  return [
    ...own,
    ...stagedPaths(),
    ...modules.flatMap((name) => {
      const text = read(name);
      const base = /^PATH = "([^"]+)"/m.exec(text)![1]!;
      return [...text.matchAll(/path\("([^"]*)",/g)].map(([, path]) => base + path!);
    }),
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'sessionscope-demo-'));
const { app, close } = await createDemo({ database: join(folder, 'demo.sqlite3'), companion: { enabled: false } });
const server = createServer(app as RequestListener);
let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await close();
  rmSync(folder, { recursive: true, force: true });
});

test('every path of the Django demo is answered', async () => {
  const paths = djangoPaths();
  expect(paths.length).toBeGreaterThan(20);
  const answers = await Promise.all(
    paths.map(async (path) => {
      const asked = ['GET', 'POST'].map((method) => fetch(origin + path, { method, redirect: 'manual' }));
      return [path, (await Promise.all(asked)).some(({ status }) => status !== 404)];
    }),
  );
  expect(answers.filter(([, isAnswered]) => !isAnswered)).toEqual([]);
});

test('each page that is listed has one heading, says in two sentences at most where to look, and shows its code', async () => {
  const index = await (await fetch(origin)).text();
  const listed = [...index.matchAll(/<li><a href="([^"]+)"/g)].map(([, path]) => path!);
  expect(listed.length).toBeGreaterThanOrEqual(20);
  for (const path of listed) {
    const response = await fetch(origin + path);
    expect(response.status, path).toBe(200);
    const text = await response.text();
    expect(text.match(/<h1>/g), path).toHaveLength(1);
    const look = /<p class="look"><strong>[^<]*<\/strong>(.*?)<\/p>/s.exec(text)?.[1];
    expect(look, path).toBeDefined();
    expect(look!.replace(/<[^>]+>/g, '').match(/\.(?:\s|$)/g)!.length, path).toBeLessThanOrEqual(2);
    expect(text, path).toContain('<pre><code>');
  }
});

test('a form step, an end, and what cannot be found', async () => {
  const post = (path: string, body: string, cookie = '') =>
    fetch(origin + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      body,
    });
  const first = await post('/form/', 'name=Ann');
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!;
  const page = await (await fetch(`${origin}/form/`, { headers: { cookie } })).text();
  expect(page).toContain('Your street');
  expect(page).toContain('Ann');
  const escaped = await post('/form/', 'street=%3Cimg+src%3Dx%3E', cookie);
  expect(escaped.status).toBe(303);
  const shown = await (await fetch(`${origin}/form/`, { headers: { cookie } })).text();
  expect(shown).toContain('&lt;img src=x&gt;');
  expect(shown).not.toContain('<img src=x>');
  await post('/expiry/', '', cookie);
  expect(await (await fetch(`${origin}/expiry/`, { headers: { cookie } })).text()).toContain('<b>10 s</b>');
  expect((await fetch(`${origin}/nowhere/`)).status).toBe(404);
});
