/** The items of a timeline in their order, with the numbers of its exchanges, and word of what has changed. */
import { isOfDevtools } from './devtools-request.ts';
import type { EpochLife } from './epochs.ts';
import type { ItemPosition, TimelineItem } from './records.ts';

export class OrderedItems {
  readonly items: TimelineItem[] = [];
  /** How many exchanges were discarded from the start: numbers continue behind them. */
  cleared = 0;
  /** For each reader of changes, the first item that has changed since it asked last. */
  readonly #changes: { from: number }[] = [];
  readonly #lifeOf: (epoch: string) => EpochLife;

  /** `lifeOf`: the server behind an epoch. */
  constructor(lifeOf: (epoch: string) => EpochLife) {
    this.#lifeOf = lifeOf;
  }

  /** For one reader: returns the index of the first item that is not what it was at its last call; past the end: none. */
  watchChanges(): () => number {
    const change = { from: 0 };
    this.#changes.push(change);
    return () => {
      const { from } = change;
      change.from = Number.POSITIVE_INFINITY;
      return from;
    };
  }

  /** What stands at `index` and after it may have changed. */
  touch(index: number): void {
    for (const change of this.#changes) change.from = Math.min(change.from, Math.max(index, 0));
  }

  remove(item: TimelineItem): void {
    const at = this.items.lastIndexOf(item);
    this.items.splice(at, 1);
    this.touch(at);
  }

  insert(item: TimelineItem): void {
    item.orderAt = Math.max(item.at, this.#previousOf(item)?.orderAt ?? item.at);
    const at = this.positionOf(item);
    this.items.splice(at, 0, item);
    // A clock that went back: what follows in the same epoch stands no earlier.
    const isNewest = item.seq >= this.#lifeOf(item.epoch).lastSeq;
    if (!isNewest && this.items.some((other, index) => index > at && isOutOfOrder(item, other))) this.#reorder();
    else {
      this.touch(at);
      this.renumber(at);
    }
  }

  /** What stands before an item in its own epoch, of its own process. */
  #previousOf(of: TimelineItem): TimelineItem | undefined {
    let previous: TimelineItem | undefined;
    for (let index = this.items.length - 1; index >= 0; index--) {
      const item = this.items[index]!;
      if (!isOneLine(item, of)) continue;
      if (item.seq < of.seq) {
        previous = item;
        break;
      }
    }
    return previous;
  }

  #reorder(): void {
    const newest = new Map<string, number>();
    for (const item of this.items.toSorted((a, b) => a.seq - b.seq)) {
      const line = `${item.epoch} ${processOf(item) ?? ''}`;
      item.orderAt = Math.max(item.at, newest.get(line) ?? item.at);
      newest.set(line, item.orderAt);
    }
    this.items.sort((a, b) => (this.isAfter(a, b) ? 1 : -1));
    this.touch(0);
    this.renumber(0);
  }

  /** Numbers the exchanges from `at` on: one that comes late stands where it happened, and so does its number. */
  renumber(at: number): void {
    let number = this.cleared;
    for (let before = at - 1; before >= 0; before--) {
      const item = this.items[before]!;
      if (item.kind !== 'exchange' || item.number === 0) continue;
      ({ number } = item);
      break;
    }
    for (let index = at; index < this.items.length; index++) {
      const item = this.items[index]!;
      if (item.kind !== 'exchange') continue;
      const own = isOfDevtools(item) ? 0 : (number += 1);
      if (item.number === own) continue;
      item.number = own;
      item.version += 1;
    }
  }

  /** Index at which an item of this place belongs. */
  positionOf(item: ItemPosition): number {
    let at = this.items.length;
    while (at > 0 && this.isAfter(this.items[at - 1]!, item)) at -= 1;
    return at;
  }

  /**
   * Whether one place in the recording lies after another: within a process by number; between two by time, and in the
   * same millisecond by number where they write one log.
   */
  isAfter(a: ItemPosition, b: ItemPosition): boolean {
    if (isOneLine(a, b)) return a.seq > b.seq;
    if (a.epoch === b.epoch) {
      // Some clocks have fractions of a millisecond, and some do not.
      const apart = Math.floor(a.orderAt) - Math.floor(b.orderAt);
      return apart === 0 ? a.seq > b.seq : apart > 0;
    }
    if (a.orderAt !== b.orderAt) return a.orderAt > b.orderAt;
    return this.#lifeOf(a.epoch).index > this.#lifeOf(b.epoch).index;
  }
}

const isOutOfOrder = (item: TimelineItem, next: TimelineItem) => isOneLine(next, item) && next.orderAt < item.orderAt;

/** The process that ran an exchange, where several write one log. */
const processOf = (item: ItemPosition): string | undefined =>
  'kind' in item && item.kind === 'exchange' ? item.started?.process : undefined;

const isOneLine = (a: ItemPosition, b: ItemPosition): boolean => a.epoch === b.epoch && processOf(a) === processOf(b);
