/** The servers of an app under test in Node: kept over many programs, since to raise one costs more than a program. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Companion, createCompanion } from '../../../server-companion/node/src/core/companion.ts';
import type { Identity } from '../../../server-companion/node/src/core/identity.ts';
import type { OpenServer } from '../app-process.ts';

/** A companion observes 64 middlewares at most, and each program has one of its own. */
const PROGRAMS_PER_COMPANION = 20;

interface Kept {
  server: Server;
  companion: Companion;
  programs: number;
  listener: RequestListener | undefined;
}

export class NodeServers {
  readonly #identity: Identity;
  readonly #kept: Kept[] = [];

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** The server `at`, with an app of this program's own. */
  async open(at: number, createApp: (companion: Companion) => Promise<RequestListener>): Promise<OpenServer> {
    let kept = this.#kept[at];
    if (kept !== undefined && kept.programs >= PROGRAMS_PER_COMPANION) {
      await stop(kept);
      kept = undefined;
    }
    kept ??= await this.#start(0);
    this.#kept[at] = kept;
    kept.server.closeAllConnections();
    return serve(kept, createApp);
  }

  /** The server is stopped, and another one listens in its place. */
  async restart(at: number, createApp: (companion: Companion) => Promise<RequestListener>): Promise<OpenServer> {
    const old = this.#kept[at]!;
    const { port } = old.server.address() as AddressInfo;
    await stop(old);
    this.#kept[at] = await this.#start(port);
    return serve(this.#kept[at], createApp);
  }

  /** Of a companion: the number of the newest event that it has recorded. */
  lastSeq(at: number): number {
    return this.#kept[at]!.companion.log.lastSeq;
  }

  async #start(port: number): Promise<Kept> {
    const server = createServer((request, response) => kept.listener?.(request, response));
    const kept: Kept = {
      server,
      companion: createCompanion({}, this.#identity),
      programs: 0,
      listener: undefined,
    };
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return kept;
  }
}

async function serve(kept: Kept, createApp: (companion: Companion) => Promise<RequestListener>): Promise<OpenServer> {
  kept.programs += 1;
  kept.listener = await createApp(kept.companion);
  return { port: (kept.server.address() as AddressInfo).port, epoch: kept.companion.log.epoch };
}

async function stop({ server, companion }: Kept): Promise<void> {
  companion.endpoint.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
