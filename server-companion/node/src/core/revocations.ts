/**
 * From when on a session's key opens nothing: it was rotated, or its session was ended. Who still has the old cookie (a
 * planted one, above all) sees what happened up to the change, and not whose session it became.
 */
import type { OperationRecorded } from '../../../../protocol/index.ts';

/** Keys and exchanges that are remembered: more than the log has events of. */
const MAX_REMEMBERED = 20_000;
/** Of one key that comes back again and again, as a logout that is undone does: the oldest become one. */
const MAX_INTERVALS = 16;

/** From `from` on, up to `until` where the key came back. */
interface Interval {
  from: number;
  until: number;
}

export interface Revocations {
  /** Notes what an operation says of keys. */
  note(
    operation: Pick<OperationRecorded, 'operation' | 'outcome' | 'session' | 'from' | 'exchange'>,
    seq: number,
  ): void;
  /** Whether the event of this number is nothing that the key of `session` opens. */
  hides(session: string, exchange: string | null, seq: number): boolean;
  /** Takes over what another log knew by the time that this one took its place: here it holds from `seq` on. */
  inherit(earlier: Revocations, seq: number): void;
  /** Keys that open nothing now, and exchanges that are about another session than the one that they began with. */
  standing(): { keys: string[]; exchanges: string[] };
}

export function createRevocations(): Revocations {
  const intervals = new Map<string, Interval[]>();
  /** By exchange: from when on it is about another session than the one that it began with. */
  const changedIn = new Map<string, number>();

  function remember<T>(map: Map<string, T>, key: string, value: T): void {
    if (!map.has(key) && map.size >= MAX_REMEMBERED) map.delete(map.keys().next().value!);
    map.set(key, value);
  }

  function revoke(key: string, seq: number): void {
    const known = intervals.get(key) ?? [];
    if (isOpen(known)) return;
    known.push({ from: seq, until: Number.POSITIVE_INFINITY });
    if (known.length > MAX_INTERVALS) known.splice(0, 2, { from: known[0]!.from, until: known[1]!.until });
    remember(intervals, key, known);
  }

  return {
    note({ operation, outcome, session, from, exchange }, seq) {
      if (operation === 'load' && outcome === 'found' && session !== null) {
        const last = intervals.get(session)?.at(-1);
        if (last?.until === Number.POSITIVE_INFINITY) last.until = seq;
        return;
      }
      if ((operation !== 'cycle-key' && operation !== 'flush') || outcome === 'error') return;
      const key = from ?? (operation === 'flush' ? session : null);
      if (key === null) return;
      if (exchange !== null && !changedIn.has(exchange)) remember(changedIn, exchange, seq);
      revoke(key, seq);
    },
    hides: (session, exchange, seq) =>
      (exchange !== null && seq >= (changedIn.get(exchange) ?? Number.POSITIVE_INFINITY)) ||
      (intervals.get(session)?.some(({ from, until }) => seq >= from && seq < until) ?? false),
    inherit(earlier, seq) {
      const { keys, exchanges } = earlier.standing();
      for (const key of keys) revoke(key, seq);
      for (const exchange of exchanges) if (!changedIn.has(exchange)) remember(changedIn, exchange, seq);
    },
    standing: () => ({
      keys: [...intervals].flatMap(([key, known]) => (isOpen(known) ? key : [])),
      exchanges: [...changedIn.keys()],
    }),
  };
}

const isOpen = (known: readonly Interval[]): boolean => known.at(-1)?.until === Number.POSITIVE_INFINITY;
