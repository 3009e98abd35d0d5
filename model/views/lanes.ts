/** Requests in lanes: by session, tab, client or server. */
import { shortSession } from '../labels/formats.ts';
import type { ExchangeRecord } from '../recording/records.ts';

export const LANE_KINDS = ['none', 'session', 'tab', 'client', 'server'] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

export const LANE_LABELS: Readonly<Record<LaneKind, string>> = {
  none: 'No lanes',
  session: 'Lanes by session',
  tab: 'Lanes by tab',
  client: 'Lanes by client',
  server: 'Lanes by server',
};

/** What a request's lane goes by, as far as it is known. */
export interface LaneFacts {
  /** The first key of its session, and the one that it has now. */
  sessionOf: (exchange: ExchangeRecord) => { root: string; name: string } | undefined;
  tabOf: (exchange: ExchangeRecord) => string | undefined;
  serverOf: (exchange: ExchangeRecord) => string | undefined;
}

export interface Lane {
  key: string;
  /** Short: it stands beside the lane. */
  label: string;
  title: string;
  /** By session: its first key. */
  session?: string;
}

export interface Lanes {
  lanes: readonly Lane[];
  /** Index of a request's lane. */
  of: (exchange: ExchangeRecord) => number;
}

/** More can't be distinguished in the height that there is; the last of them is for all others. */
export const MAX_LANES = 6;

/** In order of first appearance: a lane keeps its place while requests come in. */
export function lanesOf(exchanges: readonly ExchangeRecord[], by: Exclude<LaneKind, 'none'>, facts: LaneFacts): Lanes {
  const all = new Map<string, { lane: Lane; names: Set<string>; requests: number }>();
  const keys = new Map<ExchangeRecord, string>();
  for (const exchange of exchanges) {
    const { name, ...lane } = laneOf(exchange, by, facts);
    keys.set(exchange, lane.key);
    const known = all.get(lane.key) ?? { lane, names: new Set(), requests: 0 };
    all.set(lane.key, known);
    // Its newest key stands beside it.
    known.lane = lane;
    known.requests += 1;
    if (name !== undefined) known.names.add(name);
  }
  const shown = [...all.values()];
  // The busiest have lanes of their own.
  const own =
    shown.length <= MAX_LANES
      ? shown
      : shown.filter((one) => shown.toSorted((a, b) => b.requests - a.requests).indexOf(one) < MAX_LANES - 1);
  const lanes = own.map(({ lane, names }) =>
    names.size > 1 ? { ...lane, title: `${lane.title}. Its keys: ${[...names].map(shortSession).join(' → ')}` } : lane,
  );
  const others = shown.length - own.length;
  if (others > 0) lanes.push({ key: 'others', label: `${others} more`, title: `${others} more lanes, in one` });
  const places = new Map(lanes.map(({ key }, index) => [key, index]));
  return { lanes, of: (exchange) => places.get(keys.get(exchange) ?? '') ?? lanes.length - 1 };
}

type Placed = Lane & { name?: string };

function laneOf(exchange: ExchangeRecord, by: Exclude<LaneKind, 'none'>, facts: LaneFacts): Placed {
  switch (by) {
    case 'session': {
      const found = facts.sessionOf(exchange);
      if (found === undefined) return { key: '', label: 'none', title: 'Requests without a session' };
      const { root, name } = found;
      return { key: root, label: shortSession(name), title: `Session ${name}`, session: root, name };
    }
    case 'tab':
      return named(facts.tabOf(exchange), 'tab not known');
    case 'client': {
      const client = exchange.started?.client;
      return client === undefined
        ? { key: '', label: 'not known', title: 'Requests of which the server did not say the client' }
        : {
            key: client,
            label: shortSession(client),
            title: `Client ${client}: one browser or program, by its user agent and address`,
          };
    }
    case 'server':
      return named(facts.serverOf(exchange), 'server not known');
  }
}

const named = (name: string | undefined, unknown: string): Placed => {
  const label = name ?? unknown;
  return { key: label, label, title: label };
};
