/** Who can reach the endpoint at all, and what a connection can be made to do. docs/security.md. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALLS } from '../../protocol/index.ts';
import { describeWhere } from '../reliability/where-possible.ts';
import { startApp } from '../reliability/app-process.ts';
import { exchangeBytes } from '../invisibility/raw-http.ts';
import { LISTENERS, EXTENSION_ORIGIN, type GuardedApp, readAnswer, serveGuarded } from './guarded-app.ts';

let guarded: GuardedApp;
beforeAll(async () => {
  guarded = await serveGuarded();
});
afterAll(() => guarded[Symbol.asyncDispose]());

test.each(['production', 'test'])(
  'NODE_ENV=%s: nothing is mounted, 404 like any path of the app, no header',
  async (mode) => {
    await using app = await startApp({ env: { NODE_ENV: mode } });
    const headers = { 'content-type': 'application/json', origin: EXTENSION_ORIGIN };
    const foreign = await fetch(`${app.origin}/nowhere/v1/hello`, { method: 'POST', headers, body: '{}' });
    for (const call of CALLS) {
      const answer = await fetch(`${app.origin}/__sessionscope__/v1/${call}`, {
        method: 'POST',
        headers,
        body: '{"versions":[1]}',
      });
      expect(answer.status).toBe(404);
      expect((await answer.text()).replace(`__sessionscope__/v1/${call}`, 'nowhere/v1/hello')).toBe(
        await foreign.clone().text(),
      );
      expect([...answer.headers.keys()].sort()).toEqual([...foreign.headers.keys()].sort());
    }
    expect((await fetch(`${app.origin}/write?note=x`)).headers.has('sessionscope')).toBe(false);
    expect(await app.end('SIGTERM')).toBe(0);
  },
);

/** An address of this machine that is not loopback: what a LAN peer would use, and come from. */
const lanAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describeWhere(lanAddress !== undefined, 'an IPv4 address that is not loopback')('a LAN peer', () => {
  /** The same app, as a dev server on 0.0.0.0 serves it. */
  const open = createServer((request, response) => guarded.app.server.emit('request', request, response));
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => open.listen(0, '0.0.0.0', resolve));
    ({ port } = open.address() as AddressInfo);
  });
  afterAll(() => open.close());

  const ask = async (call: string, headers: Record<string, string> = {}, body = guarded.bodyOf(call)) => {
    const text = JSON.stringify(body);
    const lines = {
      Host: `127.0.0.1:${port}`,
      Origin: EXTENSION_ORIGIN,
      'Content-Type': 'application/json',
      Connection: 'close',
      'Content-Length': String(Buffer.byteLength(text)),
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = `POST /__sessionscope__/v1/${call} HTTP/1.1\r\n${head.join('')}\r\n${text}`;
    return readAnswer(await exchangeBytes(port, request, connect(port, lanAddress!)));
  };

  test('with a forged Origin and Host, a valid cookie and no token gets no data', async () => {
    for (const call of ['session', 'events', 'value'])
      for (const proofs of [{ cookies: [guarded.cookie] }, { exchanges: [guarded.exchange] }]) {
        const answer = await ask(call, {}, { ...(guarded.bodyOf(call) as object), proofs });
        expect([call, answer.status]).toEqual([call, 403]);
        expect(answer.raw).not.toContain(guarded.note);
      }
    expect((await ask('hello')).status).toBe(200);
    const proof = await guarded.proof('session', JSON.stringify(guarded.bodyOf('session')));
    expect((await ask('session', proof)).text).toContain(guarded.note);
  });

  test('by its own address is refused before anything else', async () => {
    for (const call of CALLS) expect((await ask(call, { Host: `${lanAddress}:${port}` })).status).toBe(403);
  });

  test('does not reach the direct listener', async () => {
    const error = await new Promise((resolve) => {
      connect(guarded.ports.direct, lanAddress!)
        .once('error', resolve)
        .once('connect', () => resolve('connected'));
    });
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

const SCRIPT = fileURLToPath(new URL('listener-on-this-machine.ts', import.meta.url));
const WITHOUT_IPV4 = 'ip link set lo up && ip addr del 127.0.0.1/8 dev lo';
const WITHOUT_LOOPBACK = `${WITHOUT_IPV4} && ip addr del ::1/128 dev lo`;
/** Runs the script in a network of its own, once `prepare` has changed it. */
const inNetwork = (prepare: string) =>
  spawnSync('unshare', ['-n', 'sh', '-c', `${prepare} && exec "$0" "$1"`, process.execPath, SCRIPT]);
const canUnshare = spawnSync('unshare', ['-n', 'sh', '-c', WITHOUT_LOOPBACK]).status === 0;

describeWhere(canUnshare, 'a network namespace of our own')('a machine of another kind', () => {
  test('without IPv4 the listener is on [::1]', () => {
    const { stdout, stderr } = inNetwork(WITHOUT_IPV4);
    expect(JSON.parse(String(stdout)), String(stderr)).toEqual({
      origin: expect.stringMatching(/^http:\/\/\[::1\]:\d+$/) as string,
      answer: 'opened',
    });
  });

  test('without any loopback hello says why there is no listener', () => {
    const { stdout, stderr } = inNetwork(WITHOUT_LOOPBACK);
    expect(JSON.parse(String(stdout)), String(stderr)).toEqual({
      origin: null,
      answer: null,
      directListenerFault: expect.stringMatching(/^No listener could be opened on 127\.0\.0\.1: .+/) as string,
    });
  });
});

describe.each(LISTENERS)('one connection, at the listener %s', (listener) => {
  const request = (headers: string, text: string) =>
    `POST /__sessionscope__/v1/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;

  test('pipelined requests are judged one by one', async () => {
    const text = JSON.stringify(guarded.bodyOf('session'));
    const valid = async () => {
      const proof = listener === 'app' ? Object.entries(await guarded.proof('session', text)) : [];
      const lines = proof.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      return request(`Host: localhost\r\nOrigin: ${EXTENSION_ORIGIN}\r\n${lines}`, text);
    };
    const foreign = request('Host: localhost\r\nOrigin: http://evil.test\r\n', text);
    const last = request('Host: evil.test\r\nConnection: close\r\n', text);
    const bytes = await exchangeBytes(
      guarded.ports[listener],
      foreign + (await valid()) + foreign + (await valid()) + last,
    );
    const statuses = [...bytes.toString('latin1').matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    expect(statuses).toEqual([403, 200, 403, 200, 403]);
  });

  test('a body that never comes holds up nobody else', async () => {
    const [proof] = Object.entries(await guarded.proof('session', '{"v":'));
    const slow = Array.from({ length: 20 }, () => {
      const socket = connect(guarded.ports[listener], '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        `POST /__sessionscope__/v1/session HTTP/1.1\r\nHost: localhost\r\nOrigin: ${EXTENSION_ORIGIN}\r\n${proof!.join(': ')}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"v":`,
      );
      return socket;
    });
    for (let asked = 0; asked < 5; asked++) expect((await guarded.ask(listener)).status).toBe(200);
    for (const socket of slow) socket.destroy();
    expect((await guarded.ask(listener)).status).toBe(200);
  });

  test('bytes that are no HTTP end the connection and nothing else', async () => {
    for (const bytes of [
      '\r\n\r\n',
      '\0'.repeat(1_000),
      'GET\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02',
    ])
      await exchangeBytes(
        guarded.ports[listener],
        bytes,
        connect({ port: guarded.ports[listener], allowHalfOpen: false }).end(),
      ).catch(() => {});
    const connection = connect(guarded.ports[listener]);
    connection.write('CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test\r\n\r\n');
    await new Promise((resolve) => connection.on('error', resolve).on('close', resolve).resume());
    expect((await guarded.ask(listener)).status).toBe(200);
  });
});
