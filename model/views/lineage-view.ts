/** What the tab *Lineage* shows of a request: the family of its session as rows with lines beside them. */
import type { OperationRecorded } from '../../protocol/index.ts';
import { hostOf } from '../recording/host.ts';
import { say, type Sentence } from '../findings/sentence.ts';
import { type FamilyLink, familyOf } from '../history/family.ts';
import { byPosition, sessionAtEnd } from '../history/moment.ts';
import { indexOf } from '../history/session-index.ts';
import type { SessionRequests } from '../history/session-requests.ts';
import { plural } from '../labels/formats.ts';
import type { EpochRecord, ExchangeRecord, GapRecord, TimelineItem } from '../recording/records.ts';
import { middlewareOf } from '../recording/stores.ts';
import { type Beginning, isContinued, type LineageMoment } from './lineage-moment.ts';
import { lineageMoments } from './lineage-moments.ts';
import { type RailInput, type Rails, railsOf } from './lineage-rails.ts';
import { forkLabel, lineageLabel } from './lineage-row-labels.ts';
import { type SharedCookie, sharedCookie } from './shared-cookie.ts';

export type LineageMark = LineageMoment['is'] | 'gap' | 'restart';

export interface LineageRow {
  key: string;
  mark: LineageMark;
  /** Whose row it is; absent: the recording's own. */
  session?: string;
  /** How its key began, and what it came from. */
  how?: Beginning;
  from?: string;
  text: Sentence;
  note?: Sentence;
  /** Where it happened. */
  exchange?: ExchangeRecord;
  operation?: OperationRecorded;
  /** Requests whose cookie named it, and whose response set that cookie again. */
  brought: readonly ExchangeRecord[];
  set: readonly ExchangeRecord[];
  /** Which tab, client and host they came from, as far as it is known and there are several. */
  place?: string;
  rails: Rails;
}

export interface LineageView {
  /** The key that was asked about; absent: the request has none. */
  session?: string;
  cookieName?: string;
  hosts: readonly string[];
  library?: string;
  rows: readonly LineageRow[];
  /** There are more keys, farther away. */
  isCut: boolean;
  shared?: SharedCookie;
}

export interface LineageOptions {
  /** `this tab`, `another tab or client`; `undefined`: not known. */
  tabOf: (exchange: ExchangeRecord) => string | undefined;
}

/** The session that a request is about: with which it ended, or which it brought or lost. */
export const sessionIn = (exchange: ExchangeRecord): string | undefined =>
  sessionAtEnd(exchange) ?? exchange.finished?.sessionBefore ?? exchange.started?.cookie.fingerprint;

/** `undefined`: the request has no session that could have a lineage, and its cookie is one port's alone. */
export function lineageView(
  items: readonly TimelineItem[],
  requests: SessionRequests,
  exchange: ExchangeRecord,
  { tabOf }: LineageOptions,
): LineageView | undefined {
  const session = sessionIn(exchange);
  const family = session === undefined ? undefined : familyOf(requests, session);
  const moments = family === undefined ? [] : lineageMoments(items, family);
  const shared = sharedCookie(items, requests, exchange);
  if (moments.length === 0 && shared === undefined) return undefined;
  const rows =
    moments.length === 0 ? [] : rowsOf([...moments, ...breaksBetween(items, moments)], placesOf(moments, tabOf));
  const rails = railsOf(rows.map(({ rail }) => rail));
  const middleware = middlewareOf(exchange);
  return {
    ...(session === undefined || moments.length === 0 ? {} : { session }),
    ...(exchange.started === undefined ? {} : { cookieName: exchange.started.cookie.name }),
    hosts: [...new Set(moments.flatMap((moment) => hostOf(moment.exchange) ?? []))],
    ...(middleware === undefined ? {} : { library: `${middleware.library}, ${middleware.store}` }),
    rows: rows.map(({ row }, index) => ({ ...row, rails: rails[index]! })),
    isCut: family?.isCut ?? false,
    ...(shared === undefined ? {} : { shared }),
  };
}

interface Draft {
  row: Omit<LineageRow, 'rails'>;
  rail: { session?: string; parent?: string; isLoose?: boolean };
}

type Break = GapRecord | EpochRecord;

const isBreak = (one: LineageMoment | Break): one is Break => 'kind' in one;

function rowsOf(all: readonly (LineageMoment | Break)[], placeOf: (exchange: ExchangeRecord) => string): Draft[] {
  const rows: Draft[] = [];
  const known = new Set<string>();
  const forks = new Map<string, FamilyLink[]>();
  for (const one of all.toSorted((a, b) => byPosition(isBreak(a) ? a : a.at, isBreak(b) ? b : b.at))) {
    if (isBreak(one)) rows.push(breakRow(one));
    else if (one.is === 'brought' || one.is === 'set') carry(rows, one, placeOf(one.exchange));
    else {
      const link = one.is === 'begun' ? one.link : undefined;
      const siblings = link !== undefined && isContinued(link) ? forks.get(link.from) : undefined;
      const parent = link !== undefined && known.has(link.from) ? link : undefined;
      rows.push({ row: eventRow(one, siblings, placeOf(one.exchange)), rail: railOf(one.session, parent) });
      known.add(one.session);
      if (link !== undefined && isContinued(link)) forks.set(link.from, [...(siblings ?? []), link]);
    }
  }
  for (const siblings of forks.values()) if (siblings.length > 1) noteDeadEnds(rows, siblings);
  return rows;
}

/** Of keys that came from one: those that no request has brought. */
function noteDeadEnds(rows: readonly Draft[], siblings: readonly FamilyLink[]): void {
  const brought = new Set(rows.flatMap(({ row }) => (row.brought.length > 0 ? [row.session] : [])));
  if (!siblings.some(({ to }) => brought.has(to))) return;
  for (const { row } of rows)
    if (row.mark === 'begun' && siblings.some(({ to }) => to === row.session) && !brought.has(row.session))
      row.note = [
        ...(row.note ?? []),
        ...say`${row.note === undefined ? '' : ' '}No recorded request brought this one.`,
      ];
}

const railOf = (session: string, link: FamilyLink | undefined): RailInput => ({
  session,
  ...(link === undefined ? {} : { parent: link.from, isLoose: !isContinued(link) }),
});

const keyOf = ({ session, is, at }: LineageMoment) => `${session} ${is} ${at.epoch} ${at.seq}`;

function eventRow(
  moment: Parameters<typeof lineageLabel>[0],
  siblings: readonly FamilyLink[] | undefined,
  place: string,
): Draft['row'] {
  const { session, exchange, operation } = moment;
  const fork = siblings === undefined ? undefined : forkLabel(siblings);
  return {
    key: keyOf(moment),
    mark: moment.is,
    session,
    ...(moment.is === 'begun' ? { how: moment.how } : {}),
    ...('link' in moment && moment.link !== undefined ? { from: moment.link.from } : {}),
    ...lineageLabel(moment, fork),
    exchange,
    ...(operation === undefined ? {} : { operation }),
    brought: [],
    set: [],
    ...(moment.is === 'begun' && place !== '' ? { place } : {}),
  };
}

/** Requests that follow each other with one key, from one place, are one row. */
function carry(rows: Draft[], moment: LineageMoment, place: string): void {
  const { session, exchange, is } = moment;
  const last = rows.at(-1)?.row;
  if (last?.mark === 'brought' && last.session === session && (last.place ?? '') === place) {
    if (is === 'set') last.set = [...last.set, exchange];
    else Object.assign(last, { text: say`brought by`, brought: [...last.brought, exchange] });
    return;
  }
  const row: Draft['row'] = {
    key: keyOf(moment),
    mark: 'brought',
    session,
    text: is === 'set' ? say`its cookie set by` : say`brought by`,
    brought: is === 'set' ? [] : [exchange],
    set: is === 'set' ? [exchange] : [],
    ...(place === '' ? {} : { place }),
  };
  rows.push({ row, rail: { session } });
}

const breakRow = (item: Break): Draft => ({
  row: {
    key: `${item.kind} ${item.epoch} ${item.seq}`,
    mark: item.kind === 'gap' ? 'gap' : 'restart',
    text:
      item.kind === 'gap'
        ? say`${plural(item.gap.count, 'event')} lost: what happened to these keys meanwhile is not known`
        : say`The server was restarted`,
    brought: [],
    set: [],
  },
  rail: {},
});

/** Lost events and restarts between the first moment and the last. */
function breaksBetween(items: readonly TimelineItem[], moments: readonly LineageMoment[]): Break[] {
  if (indexOf(items).breaks.length === 0) return [];
  const [first, last] = [moments[0]!.at, moments.at(-1)!.at];
  return items.filter(
    (item): item is Break =>
      (item.kind === 'gap' || (item.kind === 'epoch' && item.isRestart)) &&
      byPosition(item, first) > 0 &&
      byPosition(item, last) < 0,
  );
}

/** The parts of a place that differ within a family: what all have in common stands above it once. */
function placesOf(
  moments: readonly LineageMoment[],
  tabOf: LineageOptions['tabOf'],
): (exchange: ExchangeRecord) => string {
  const hosts = new Set(moments.map(({ exchange }) => hostOf(exchange)));
  const clients = [...new Set(moments.flatMap(({ exchange }) => exchange.started?.client ?? []))];
  return (exchange) =>
    [
      tabOf(exchange),
      clients.length > 1 && exchange.started?.client !== undefined
        ? `client ${clients.indexOf(exchange.started.client) + 1}`
        : undefined,
      hosts.size > 1 ? hostOf(exchange) : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(' · ');
}
