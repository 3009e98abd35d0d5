/**
 * h3 2 hands Node's request on with each event of a server. One without it, while a request of that server is answered,
 * is a request that the server made to itself (`app.fetch`): nothing shows when its response ends.
 */
import type { IncomingMessage } from 'node:http';
import type { EventAccess } from './event-access.ts';

export class SelfRequests {
  /** Those whose events have had Node's request. */
  readonly #servers = new WeakSet<object>();

  /** `around`: the request of Node's that is being answered. */
  has({ major, given }: EventAccess, around: IncomingMessage | undefined): boolean {
    const { server } = (around?.socket ?? {}) as { server?: object };
    if (major === 1 || server === undefined) return false;
    if (given === undefined) return this.#servers.has(server);
    this.#servers.add(server);
    return false;
  }
}
