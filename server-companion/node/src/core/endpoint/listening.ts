/**
 * Whether the server that took a call still listens. A stream inside the app ends when it does not: a graceful shutdown
 * waits for every response.
 */
import type { Socket } from 'node:net';

/** Where nothing says when the server stops: a stream lives no longer than this, and the panel opens the next where it left off. */
const UNKNOWN_SERVER_MS = 10_000;

export type IsListening = () => boolean;

/** Of the server whose connection this is. */
export function listeningOf(socket: Socket): IsListening {
  const { server } = socket as { server?: { listening?: boolean } };
  return server?.listening === undefined ? ofAnyServer() : () => server.listening === true;
}

/**
 * Where no connection is known (a web-standard host): as long as any server keeps this process alive. The companion's
 * own listener does not; the workers of a cluster have none to see, and neither has another runtime.
 */
export function ofAnyServer(now: () => number = Date.now): IsListening {
  if (countServers() > 0) return () => countServers() > 0;
  const until = now() + UNKNOWN_SERVER_MS;
  return () => now() < until;
}

function countServers(): number {
  try {
    return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap' || name === 'PipeServerWrap')
      .length;
  } catch {
    return 0;
  }
}
