/**
 * Things under way. As a `Set`, without its tables: one that sees an add and a delete for each request makes a new table
 * every dozen, each old one points to the next, and what they held outlives the young heap with all that it refers to.
 */
export interface Listed {
  /** Place in the list; -1: not in it. The list's own to set. */
  listedAt: number;
}

export class OpenList<T extends Listed> {
  readonly #items: T[] = [];

  add(item: T): void {
    item.listedAt = this.#items.length;
    this.#items.push(item);
  }

  /** The last one takes its place. */
  delete(item: T): void {
    const { listedAt } = item;
    if (listedAt < 0) return;
    const last = this.#items.pop()!;
    if (last !== item) {
      this.#items[listedAt] = last;
      last.listedAt = listedAt;
    }
    item.listedAt = -1;
  }

  [Symbol.iterator](): ArrayIterator<T> {
    return this.#items[Symbol.iterator]();
  }
}
