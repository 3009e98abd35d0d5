/** The servers of one epoch: one that writes a log of its own, or the processes that share one. */
import type { EpochStarted } from '../../protocol/index.ts';
import type { ServerLife } from './epochs.ts';

export class EpochServers {
  readonly #epoch: string;
  /** By process; `undefined`: one that does not name itself. */
  readonly #servers = new Map<string | undefined, ServerLife>();
  /** The newest word of a companion that names no process: it holds for each of which there is no other. */
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
      this.#tell();
    }
    return server;
  }

  receive(word: EpochStarted): void {
    const known = word.process === undefined ? this.#ofAll : this.of(word.process).started;
    if (known !== undefined && known.process === word.process && known.seq >= word.seq) return;
    if (word.process === undefined) this.#ofAll = word;
    else this.of(word.process).started = word;
    this.#tell();
  }

  /** What each that has no word of its own may take from the others. */
  #tell(): void {
    const words = [...this.#servers.values()].flatMap(({ started }) => (started?.process === undefined ? [] : started));
    for (const [process, server] of this.#servers) {
      if (process !== undefined && server.started?.process !== undefined) continue;
      const word = this.#ofAll ?? (process === undefined && words.length === 1 ? words[0] : undefined);
      if (word === undefined) delete server.started;
      else server.started = word;
    }
  }
}
