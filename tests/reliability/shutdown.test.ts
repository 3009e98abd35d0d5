/** A shutdown is not held up by an open stream; a restart is seen, and pairing outlives it. docs/security.md. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer, request as secureRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { EventsAnswer } from '../../protocol/index.ts';
import { until } from '../browsers/until.ts';
import { serveGuarded } from '../security/guarded-app.ts';
import { startApp } from './app-process.ts';
import { describeWhere } from './where-possible.ts';
import { call, directBaseOf, headersOf, hello, inApp, openStream, pairWith } from './panel-client.ts';
import { canSign, selfSigned } from './self-signed.ts';

/** Both ways to a stream, as functions of an app's origin and a token. */
const WAYS = {
  'the direct listener': (origin: string) => directBaseOf(origin),
  'inside the app': (origin: string) => Promise.resolve(inApp(origin)),
} as const;

for (const [way, baseUrlOf] of Object.entries(WAYS)) {
  test(`SIGTERM, and an app that only calls server.close(): it ends with a stream open at ${way}`, async () => {
    await using app = await startApp();
    const token = await pairWith(inApp(app.origin), app.terminal);
    const stream = await openStream(await baseUrlOf(app.origin), { token });
    expect(await app.end('SIGTERM')).toBe(0);
    // Inside the app the server ends it whole; the direct listener's goes with the process.
    if (way === 'inside the app') expect(await stream.over).toBe('ended');
    else await stream.over;
  });

  test(`node --watch: a changed file starts it again with a stream open at ${way}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sessionscope-watched-'));
    const file = join(directory, 'watched.mjs');
    writeFileSync(file, `import ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'app.ts')).href)};\n`);
    try {
      await using app = await startApp({ file, node: ['--watch', '--watch-preserve-output'] });
      const token = await pairWith(inApp(app.origin), app.terminal);
      const { epoch } = await hello(inApp(app.origin));
      const stream = await openStream(await baseUrlOf(app.origin), { token });
      const now = new Date();
      utimesSync(file, now, now);
      await stream.over;
      const again = await until(async () => {
        const [, port] = [...app.terminal().matchAll(/listening on (\d+)/g)].at(-1)!;
        const answer = await hello(inApp(`http://127.0.0.1:${port}`), token);
        return answer.epoch === epoch ? undefined : answer;
      }, 'the app, started again');
      expect(again.paired).toBe(true);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

test('server.close() calls back with streams open inside the app, one of them with a reader that takes nothing', async () => {
  await using guarded = await serveGuarded({ companion: { limits: { events: 50_000, bytes: 256 * 1024 * 1024 } } });
  const { app, token } = guarded;
  const server = createServer((request, response) => app.server.emit('request', request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = inApp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const reading = await openStream(baseUrl, { token });
  const stalled = await openStream(baseUrl, { token }, true);
  const note = 'x'.repeat(2_000);
  // More than the kernel's buffers take, so that the write to the stalled one is under way when the end comes.
  for (let written = 0; written < 30_000; written++)
    app.companion!.log.append(
      { type: 'fault-noted', exchange: null, where: note.slice(0, 200), message: note.slice(0, 1_000), total: written },
      1_000,
      null,
    );
  await until(
    () => reading.answers.at(-1)?.more === false && reading.answers.length > 5,
    'the reader to have read all',
  );
  await new Promise((resolve) => server.close(resolve));
  expect(await reading.over).toBe('ended');
  // A kept connection would have held it up for its keep-alive time.
  expect(reading.response.headers.connection).toBe('close');
  stalled.response.resume();
  expect(await stalled.over).toBe('broken');
});

test('kill -9: the next life has another epoch, reports from its beginning, and the panel is still paired', async () => {
  await using app = await startApp();
  const token = await pairWith(inApp(app.origin), app.terminal);
  await (await fetch(`${app.origin}/write?note=first-life`)).text();
  const stream = await openStream(await directBaseOf(app.origin), { token });
  const { next } = stream.answers.at(-1)!;
  expect(await app.end('SIGKILL')).toBe('SIGKILL');
  expect(await stream.over).toBe('broken');

  await app.start();
  const answer = await hello(inApp(app.origin), token);
  expect(answer.paired).toBe(true);
  expect(answer.epoch).not.toBe(next.epoch);
  await (await fetch(`${app.origin}/write?note=second-life`)).text();
  const reported = await call<EventsAnswer>(
    inApp(app.origin),
    'events',
    { v: 1, proofs: {}, after: next, wait: false },
    token,
  );
  expect(reported.events[0]).toMatchObject({ type: 'epoch-started', seq: 1 });
  expect(reported.events.every(({ epoch }) => epoch === answer.epoch)).toBe(true);
  expect(reported.events.map(({ seq }) => seq)).toEqual(reported.events.map((_event, index) => index + 1));
  expect(JSON.stringify(reported)).toContain('second-life');
  expect(JSON.stringify(reported)).not.toContain('first-life');
});

test('a process that nothing else keeps alive is not kept alive by an open listener', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../security/listener-on-this-machine.ts')],
    {
      timeout: 90_000,
    },
  );
  expect(JSON.parse(String(stdout))).toMatchObject({ answer: 'opened' });
  expect(status).toBe(0);
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;

describeWhere(canLimit, 'prlimit')('few descriptors', () => {
  test('a process that runs out of file descriptors at the direct listener goes on', async () => {
    await using app = await startApp();
    const direct = new URL(await directBaseOf(app.origin));
    const used = readdirSync(`/proc/${app.child.pid}/fd`).length;
    spawnSync('prlimit', ['--pid', String(app.child.pid), `--nofile=${used + 8}:${used + 8}`]);
    const sockets = Array.from({ length: 60 }, () => connect(Number(direct.port), '127.0.0.1').on('error', () => {}));
    await until(() => readdirSync(`/proc/${app.child.pid}/fd`).length >= used + 7, 'the descriptors to be used up');
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const socket of sockets) socket.destroy();
    await until(() => hello(inApp(app.origin)), 'the app to answer');
    expect(await hello(direct.href.replace(/\/$/, ''))).toMatchObject({ v: 1 });
    expect(app.child.exitCode).toBeNull();
  });
});

test.skipIf(!canSign)(
  'an https app (needs openssl): a stream inside it ends when its server stops listening',
  async () => {
    await using guarded = await serveGuarded();
    const { key, cert } = selfSigned();
    const server = createSecureServer({ key, cert }, (request, response) =>
      guarded.app.server.emit('request', request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const body = JSON.stringify({ v: 1, proofs: {}, after: null, wait: true });
    const headers = await headersOf(inApp(guarded.app.origin), 'events', body, guarded.token);
    const ended = new Promise<string>((resolve, reject) => {
      const asked = secureRequest(
        {
          port,
          host: '127.0.0.1',
          path: '/__sessionscope__/v1/events',
          method: 'POST',
          headers,
          rejectUnauthorized: false,
        },
        (response) => {
          let text = '';
          response.on('data', (data: Buffer) => {
            text += data.toString();
            if (text.includes(guarded.note)) server.close();
          });
          response.on('end', () => resolve(text));
        },
      );
      asked.on('error', reject).end(body);
    });
    expect(await ended).toContain('exchange-finished');
  },
);
