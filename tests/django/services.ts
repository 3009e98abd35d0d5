import { connect } from 'node:net';
import { test } from 'vitest';

/** Whether something listens on a local port. */
export const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const settle = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });

/** `test` for what needs a service: skipped, and so reported at the end, where it does not answer. */
export const serviceTest = (isThere: boolean) =>
  test.skipIf(!isThere && process.env['SESSIONSCOPE_REQUIRE_SERVICES'] !== '1');
