/** What a caller can take of the process at the direct listener: connections, and the time of each. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../../../../tests/browsers/until.ts';
import { createDirectListener } from './direct-listener.ts';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

/** Answers `whole` to who has sent a whole request. */
async function listen(bounds?: Parameters<typeof createDirectListener>[2]) {
  const listener = createDirectListener(
    '/x',
    (request, response) => void request.resume().on('end', () => response.end('whole')),
    bounds,
  );
  disposals.push(() => listener.close());
  const { directListener } = await listener.open();
  const { origin } = directListener!;
  return {
    ask: () => fetch(origin, { method: 'POST', body: '{}', headers: { connection: 'close' } }).then((r) => r.text()),
    connectTo(): Socket {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => {});
      disposals.push(() => socket.destroy());
      return socket;
    },
  };
}

/** However it ends: one that is reset reports an error first. */
const closed = (socket: Socket) => new Promise((resolve) => socket.resume().on('close', resolve));

test('128 connections at once, and no more: what comes then is closed, and one that ends makes room', async () => {
  const { connectTo, ask } = await listen();
  const held = Array.from({ length: 128 }, connectTo);
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const beyond = Array.from({ length: 40 }, connectTo);
  await Promise.all(beyond.map((socket) => closed(socket)));
  await expect(ask()).rejects.toThrow();
  expect(held.filter((socket) => socket.destroyed || socket.readableEnded)).toEqual([]);
  held[0]!.destroy();
  expect(await until(() => ask().catch(() => undefined), 'a place')).toBe('whole');
});

test.each([
  ['its headers', 'POST / HTTP/1.1\r\nHost: localhost\r\nX-Drip: '],
  ['its body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n'],
])('a caller that drips %s is ended, though it never stops sending', async (_what, head) => {
  const { connectTo, ask } = await listen({ headersTimeoutMs: 300, requestTimeoutMs: 600, checkTimeoutsMs: 50 });
  const sockets = Array.from({ length: 10 }, connectTo);
  const dripping = sockets.map((socket) => {
    socket.write(head);
    return setInterval(() => socket.write('x'), 20);
  });
  try {
    await Promise.all(sockets.map((socket) => closed(socket)));
    expect(await ask()).toBe('whole');
  } finally {
    dripping.forEach(clearInterval);
  }
});

test('a connection on which nothing moves is ended', async () => {
  const { connectTo } = await listen({ idleTimeoutMs: 200 });
  const socket = connectTo();
  await once(socket, 'connect');
  await closed(socket);
});
