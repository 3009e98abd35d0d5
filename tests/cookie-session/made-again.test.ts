/** An app that makes its middleware again for each request, or runs it by hand: observed as one, bounded, and as it is bare. */
import cookieSession from 'cookie-session';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { observeWith } from '../../server-companion/node/src/adapters/cookie-session/observe-with.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { KEYS, sealed } from './observed-app.ts';

test('the same settings are one middleware, however often it is made; other settings or another object another', () => {
  const companion = newCompanion();
  const factory = observeWith(companion, cookieSession);
  for (let times = 0; times < 100; times++) factory({ keys: [...KEYS], maxAge: 60_000 });
  expect(companion.middlewares()).toHaveLength(1);
  factory({ keys: [...KEYS], maxAge: 1_000 });
  expect(companion.middlewares()).toHaveLength(2);
  class Keygrip {
    sign = () => 'signed';
    verify = () => true;
    index = () => 0;
  }
  for (const keys of [new Keygrip(), new Keygrip()]) factory({ keys: keys as never, maxAge: 1_000 });
  expect(companion.middlewares()).toHaveLength(4);
});

test('settings that differ each time: the first 64 are observed, which is noted once', () => {
  const companion = newCompanion();
  const factory = observeWith(companion, cookieSession);
  for (let times = 0; times < 200; times++) factory({ keys: KEYS, domain: `host-${times}.test` });
  expect(companion.middlewares()).toHaveLength(64);
  expect(companion.faults.total).toBe(1);
});

test('run by hand with a response {}, as for a WebSocket: the session is there as it is bare, and it is no fault', async () => {
  const companion = newCompanion();
  for (const factory of [cookieSession, observeWith(companion, cookieSession)]) {
    const parse = factory({ keys: KEYS });
    const server = createServer().on('upgrade', (request, socket) => {
      parse(request as never, {} as never, () => {
        const { session } = request as unknown as { session: { n: number } };
        session.n += 1;
        socket.end(`read ${session.n}`);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    client.on('data', (data: Buffer) => (text += data.toString()));
    client.write(
      `GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\nCookie: ${sealed({ n: 1 })}\r\n\r\n`,
    );
    await once(client, 'close');
    expect(text).toBe('read 2');
    server.close();
  }
  expect(companion.faults.total).toBe(0);
});
