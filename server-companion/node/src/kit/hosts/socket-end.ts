/** The end of a connection, for what has no response that ends: a WebSocket's upgrade, a middleware run by hand. */
import type { Socket } from 'node:net';

/** What is to be called, by connection: one listener for each, however many middlewares were run on it. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `ended` once the connection is closed; soon, where there is none to wait for. */
export function onSocketEnd(socket: Socket | undefined, ended: () => void): void {
  if (socket === undefined || socket === null || typeof socket.once !== 'function' || socket.destroyed) {
    setImmediate(ended);
    return;
  }
  const known = waiting.get(socket);
  if (known !== undefined) {
    known.add(ended);
    return;
  }
  const all = new Set([ended]);
  waiting.set(socket, all);
  socket.once('close', () => {
    waiting.delete(socket);
    for (const end of all) end();
  });
}
