/** When the companion is on, as an app meets it: by NODE_ENV and by the Host of a request. docs/security.md. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type AppProcess, startApp } from '../reliability/app-process.ts';
import { exchangeBytes } from '../invisibility/raw-http.ts';
import { EXTENSION_ORIGIN, readAnswer } from './guarded-app.ts';

const START_LINE = /^Sessionscope (?:is on|observes) .*\n/m;

async function ask(app: AppProcess, host: string, method = 'GET', path = '/write?note=x', body = '') {
  const lines = [
    `Host: ${host}`,
    `Origin: ${EXTENSION_ORIGIN}`,
    'Content-Type: application/json',
    'Connection: close',
    `Content-Length: ${body.length}`,
  ];
  return readAnswer(
    await exchangeBytes(app.port, `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`),
  );
}

const hello = (app: AppProcess, host: string) =>
  ask(app, host, 'POST', '/__sessionscope__/v1/hello', '{"versions":[1]}');

const OFF = ['production', 'production ', 'Production', 'prod', 'staging', 'test', 'dev'];

test.each(OFF)('NODE_ENV %j: nothing is mounted, no header, no line in the terminal', async (mode) => {
  await using app = await startApp({ env: { NODE_ENV: mode } });
  for (const host of ['localhost', 'evil.test']) {
    expect((await ask(app, host)).headers.has('sessionscope')).toBe(false);
    expect((await hello(app, host)).status).toBe(404);
  }
  expect(app.terminal()).not.toContain('Sessionscope');
});

test.each(['development', ' Development '])(
  'NODE_ENV %j: on, said once; another Host gets no header, and a refusal',
  async (mode) => {
    await using app = await startApp({ env: { NODE_ENV: mode } });
    expect((await ask(app, 'localhost')).headers.get('sessionscope')).toContain(`at="http://127.0.0.1:${app.port}"`);
    expect((await hello(app, 'localhost')).status).toBe(200);
    const forged = await ask(app, 'evil.test');
    expect(forged.text).toBe('written');
    expect(forged.headers.has('sessionscope')).toBe(false);
    expect((await hello(app, 'evil.test')).status).toBe(403);
    expect(app.terminal().match(new RegExp(START_LINE, 'gm'))).toHaveLength(1);
  },
);

test('NODE_ENV not set: on for requests to localhost; to another Host the app is as it is', async () => {
  await using app = await startApp({ env: { NODE_ENV: '' } });
  expect((await ask(app, 'localhost:1')).headers.has('sessionscope')).toBe(true);
  expect((await hello(app, 'localhost')).status).toBe(200);
  const forged = await ask(app, 'evil.test');
  expect(forged.text).toBe('written');
  expect(forged.headers.has('sessionscope')).toBe(false);
  // As any path that the app does not have.
  const missing = await hello(app, 'evil.test');
  expect(missing.status).toBe(404);
  expect(missing.text).toContain('Cannot POST');
  expect(app.terminal()).toMatch(START_LINE);
  expect(app.terminal()).toContain('NODE_ENV is not set');
});

test('in a terminal the line says how to continue; elsewhere only that it is on, and why', async () => {
  await using app = await startApp({ env: { NODE_ENV: 'development' } });
  await ask(app, 'localhost');
  expect(app.terminal()).toMatch(/^Sessionscope observes express-session, because NODE_ENV is development\.$/m);
  // Python's pty is a terminal to what it starts.
  const file = fileURLToPath(new URL('../reliability/app.ts', import.meta.url));
  const code = `import pty, sys; pty.spawn(sys.argv[1:])`;
  const script = `import(${JSON.stringify(file)}).then(() => setTimeout(() => process.exit(), 300))`;
  const { stdout } = spawnSync('python3', ['-c', code, process.execPath, '-e', script], {
    env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'sessionscope-tty-')) },
    encoding: 'utf8',
  });
  expect(stdout.match(/Sessionscope observes express-session, .* or run: npx sessionscope open/g)).toHaveLength(1);
});
