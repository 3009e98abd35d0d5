/**
 * Puts a value in the place of its `same` tag: the very same object, so that what a session holds is kept once however
 * often it is reported. Scope of a tag: one answer, or one stream (`docs/protocol.md`, "Tags").
 */
import { type EncodedValue, isTagged, type OperationRecorded, type SessionscopeEvent } from '../protocol/index.ts';

const PARTS = ['before', 'after', 'state', 'stored'] as const;
type Part = (typeof PARTS)[number];

/** Events that a tag may refer to: a companion refers to the load or the save before, which is near. */
const MAX_KNOWN = 5_000;

/** What a tag stands for that refers to nothing known here: there is a value, and it can be fetched by itself. */
const LOST: EncodedValue = { $: 'cut', kind: 'other', why: 'bytes' };

export class SameValues {
  /** By epoch and number, oldest first. */
  readonly #known = new Map<string, OperationRecorded>();

  /** The events with each tag replaced. */
  expand(events: readonly SessionscopeEvent[]): SessionscopeEvent[] {
    return events.map((event) => {
      if (event.type !== 'operation-recorded') return event;
      const expanded = this.#expandOne(event);
      if (PARTS.some((part) => expanded[part] !== undefined)) this.#keep(expanded);
      return expanded;
    });
  }

  #expandOne(event: OperationRecorded): OperationRecorded {
    let expanded = event;
    for (const part of PARTS) {
      const value = event[part];
      if (value === undefined || !isTagged(value) || value.$ !== 'same') continue;
      const meant = value.seq === event.seq ? expanded : this.#known.get(keyOf(event.epoch, value.seq));
      expanded = { ...expanded, [part]: valueOf(meant, value.part) };
    }
    return expanded;
  }

  #keep(event: OperationRecorded): void {
    this.#known.set(keyOf(event.epoch, event.seq), event);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
  }
}

/** The events with each `same` tag replaced, of a list that names only what is in it. */
export const expandValues = (events: readonly SessionscopeEvent[]): SessionscopeEvent[] =>
  new SameValues().expand(events);

const keyOf = (epoch: string, seq: number) => `${epoch} ${seq}`;

/** Never a tag again: one that refers to itself refers to nothing. */
function valueOf(event: OperationRecorded | undefined, part: Part): EncodedValue {
  const value = event?.[part];
  return value === undefined || (isTagged(value) && value.$ === 'same') ? LOST : value;
}
