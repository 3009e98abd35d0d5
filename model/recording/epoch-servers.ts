/** The servers of one epoch: one that writes a log of its own, or the processes that share one. */
import type { EpochStarted } from '../../protocol/index.ts';
import type { ServerLife } from './epochs.ts';

export class EpochServers {
  readonly #epoch: string;
  /** By process; `undefined`: one that does not name itself. */
  readonly #servers = new Map<string | undefined, ServerLife>();
  /** The newest of a companion that names no process: it holds for each of which there is no other. */
  #ofAll: EpochStarted | undefined;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Those that are known by name, or the one. */
  get all(): readonly ServerLife[] {
    const named = [...this.#servers].flatMap(([process, server]) => (process === undefined ? [] : server));
    return named.length > 0 ? named : [this.of(undefined)];
  }

  /** The server of a process. Of what names none it is known only where there is one. */
  of(process: string | undefined): ServerLife {
    let server = this.#servers.get(process);
    if (server === undefined) {
      server = { epoch: this.#epoch };
      this.#servers.set(process, server);
      this.#update();
    }
    return server;
  }

  receive(event: EpochStarted): void {
    const known = event.process === undefined ? this.#ofAll : this.of(event.process).started;
    if (known !== undefined && known.process === event.process && known.seq >= event.seq) return;
    if (event.process === undefined) this.#ofAll = event;
    else this.of(event.process).started = event;
    this.#update();
  }

  /** What each of which no event came may take from the others. */
  #update(): void {
    const events = [...this.#servers.values()].flatMap(({ started }) =>
      started?.process === undefined ? [] : started,
    );
    for (const [process, server] of this.#servers) {
      if (process !== undefined && server.started?.process !== undefined) continue;
      const event = this.#ofAll ?? (process === undefined && events.length === 1 ? events[0] : undefined);
      if (event === undefined) delete server.started;
      else server.started = event;
    }
  }
}
