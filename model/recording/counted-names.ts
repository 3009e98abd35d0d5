/** How many different names the requests of a recording have, brought up to date from the first change. */
import type { ExchangeRecord, TimelineItem } from './records.ts';

export class CountedNames {
  readonly #nameOf: (exchange: ExchangeRecord) => string | undefined;
  /** Of each item. */
  readonly #names: (string | undefined)[] = [];
  readonly #counts = new Map<string, number>();

  constructor(nameOf: (exchange: ExchangeRecord) => string | undefined) {
    this.#nameOf = nameOf;
  }

  get count(): number {
    return this.#counts.size;
  }

  /** `from`: index of the first item that has changed since the last call. */
  update(items: readonly TimelineItem[], from: number): void {
    const names = this.#names;
    while (names.length > from) this.#add(names.pop(), -1);
    for (let index = names.length; index < items.length; index++) {
      const item = items[index]!;
      const name = item.kind === 'exchange' ? this.#nameOf(item) : undefined;
      names.push(name);
      this.#add(name, 1);
    }
  }

  #add(name: string | undefined, by: 1 | -1): void {
    if (name === undefined) return;
    const count = (this.#counts.get(name) ?? 0) + by;
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }
}
