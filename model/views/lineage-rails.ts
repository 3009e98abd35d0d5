/** Where the lines of a lineage run: each key in a lane of its own while it has rows, a child in its parent's if that is free. */

export interface RailInput {
  /** Absent: a row of the recording itself, as a gap. */
  session?: string;
  /** It is the first row of its key, which came from this one. */
  parent?: string;
  /** The same session does not continue: what came after it. */
  isLoose?: boolean;
}

/** The lines of one row. */
export interface Rails {
  /** Of its key; absent: it has none. */
  lane?: number;
  /** Lanes with a line from above to the height of the mark, and from there downwards. */
  up: readonly number[];
  down: readonly number[];
  /** The line from above, or from the parent's lane, is one of what came after. */
  isLoose: boolean;
  /** It came from the key in this other lane. */
  from?: number;
}

/** More lie over one another: a cookie with that many open forks has other problems. */
export const MAX_LANES = 6;

export function railsOf(rows: readonly RailInput[]): Rails[] {
  const last = new Map<string, number>();
  rows.forEach(({ session, parent }, index) => {
    if (session !== undefined) last.set(session, index);
    if (parent !== undefined) last.set(parent, index);
  });
  const lanes: (string | undefined)[] = [];
  return rows.map(({ session, parent, isLoose = false }, index) => {
    const above = open(lanes);
    if (session === undefined) return { up: above, down: above, isLoose: false };
    let lane = lanes.indexOf(session);
    const parentLane = parent === undefined ? -1 : lanes.indexOf(parent);
    const isNew = lane < 0;
    const takesParents = isNew && parentLane >= 0 && last.get(parent!) === index;
    if (isNew) lane = takesParents ? parentLane : free(lanes);
    lanes[lane] = session;
    for (let at = 0; at < lanes.length; at++)
      if (lanes[at] !== undefined && last.get(lanes[at]!)! <= index) lanes[at] = undefined;
    const isBranch = isNew && parentLane >= 0 && !takesParents;
    return {
      lane: shown(lane),
      up: above,
      down: open(lanes),
      isLoose: isNew && isLoose,
      ...(isBranch ? { from: shown(parentLane) } : {}),
    };
  });
}

const shown = (lane: number) => Math.min(lane, MAX_LANES - 1);

const open = (lanes: readonly (string | undefined)[]): number[] => [
  ...new Set(lanes.flatMap((session, at) => (session === undefined ? [] : [shown(at)]))),
];

function free(lanes: readonly (string | undefined)[]): number {
  const at = lanes.indexOf(undefined);
  return at < 0 ? lanes.length : at;
}
