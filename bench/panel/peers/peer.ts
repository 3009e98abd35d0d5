/** What `bench/panel-peers.ts` does with each panel. */

/** One change of a state of 2.9 KB, as a peer is told it: what was done, and the state after it. */
export interface Write {
  path: string;
  before: string;
  after: string;
  state: Record<string, string>;
}

export interface Peer {
  /** One answer, parsed; `more`: others follow. */
  receive(writes: readonly Write[], more: boolean): void;
  /** One more write, the newest. */
  append(write: Write): void;
  /** Shows one of the moments in the middle, with what it changed where the panel can. */
  select(turn: number): void;
  /** Shows the moments one after another, newest first. */
  sweep(turn: number): void;
}
