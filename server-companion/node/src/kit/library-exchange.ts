/** One request on its way through a library: what the exchange of every adapter begins with. */
import type { Source } from '../../../../protocol/index.ts';
import { ObservedExchange } from './observed-exchange.ts';
import type { ObservedLibrary, OpenExchange } from './observed-library.ts';
import type { Below } from './scope.ts';

export abstract class LibraryExchange implements OpenExchange {
  readonly observed: ObservedExchange;
  listedAt = -1;

  constructor(library: ObservedLibrary) {
    this.observed = new ObservedExchange(library);
  }

  get id(): string {
    return this.observed.id;
  }

  abstract get memory(): OpenExchange['memory'];

  /** What names a session to people: its key is shown to nobody. */
  fingerprint(key: string): string {
    return this.observed.companion.identity.fingerprint(key);
  }

  /** The line of the app that called the function `below`. */
  protected source(below: Below): Source {
    return this.observed.companion.sources.take(below);
  }
}
