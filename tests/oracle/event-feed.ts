/** What the companions of a program's servers recorded: read by polls, and handed to the panel's model step by step. */
import type { PanelModel } from '../../model/index.ts';
import type { SessionscopeEvent } from '../../protocol/index.ts';
import type { EventReader } from './panel-wire.ts';

/** Polls for something that must come: this often, this long. */
const POLL_MS = 4;
const PATIENCE_MS = 3_000;

type Ended = Extract<SessionscopeEvent, { type: 'exchange-finished' }>;

export class EventFeed {
  readonly #panel: PanelModel;
  #readers: EventReader[] = [];
  /** By server: read, and not handed on yet. */
  readonly #waiting: SessionscopeEvent[][] = [];
  /** By path: exchange ids. */
  readonly #ids = new Map<string, string>();
  readonly #ended = new Map<string, Ended>();
  /** Events that were refused: not of the wire. */
  refused = 0;

  constructor(panel: PanelModel) {
    this.#panel = panel;
  }

  /** From now on `reader` reads the server's events. */
  connect(server: number, reader: EventReader): void {
    this.#readers[server] = reader;
    this.#waiting[server] ??= [];
  }

  async poll(): Promise<void> {
    for (const [server, reader] of this.#readers.entries())
      for (const event of await reader.poll()) {
        this.#waiting[server]!.push(event);
        if (event.type === 'exchange-started') this.#ids.set(event.path, event.exchange);
        else if (event.type === 'exchange-finished') this.#ended.set(event.exchange, event);
        else if (event.type === 'gap-opened' && event.cause === 'refused') this.refused += 1;
      }
  }

  /** How the request to a path ended, once that was read. */
  endOf(path: string): Ended | undefined {
    return this.#ended.get(this.#ids.get(path) ?? '');
  }

  /** Polls until something is so, or for too long. */
  async until(isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const end = Date.now() + patienceMs;
    for (;;) {
      await this.poll();
      if (isSo() || Date.now() >= end) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Hands on what was recorded up to a moment: by server, the number of its newest event. Without: all that was read. */
  advance(upTo?: readonly number[]): void {
    for (const [server, events] of this.#waiting.entries()) {
      const limit = upTo?.[server];
      const at = limit === undefined ? -1 : events.findIndex((event) => event.seq > limit);
      const due = events.splice(0, at < 0 ? events.length : at);
      if (due.length > 0) this.#panel.receive(due);
    }
  }
}
