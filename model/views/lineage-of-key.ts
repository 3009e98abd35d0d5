/** What became of one key: how it began, who brought it, who is in it, how it ended, and what came of it after that. */
import type { OperationRecorded } from '../../protocol/index.ts';
import { isBroken, isSealed } from '../findings/facts.ts';
import type { Family, FamilyLink } from '../history/family.ts';
import { byPosition, type EventPosition, isUpTo } from '../history/moment.ts';
import { indexOf } from '../history/session-index.ts';
import { type SessionStep, stepsOf } from '../history/session-steps.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { middlewareOf, recordsIn } from '../recording/stores.ts';
import type { LineageMoment } from './lineage-moment.ts';
import { sameUsers, type Users, usersIn } from './lineage-users.ts';

/** What is known of the record. */
interface Status {
  is: 'there' | 'gone' | 'missing';
  by: OperationRecorded;
}

interface Walk {
  items: readonly TimelineItem[];
  session: string;
  /** By the store that holds the record: one in a process is that process's own. */
  status: Map<string, Status>;
  users: Users;
  moments: LineageMoment[];
}

/** Something that happened to the key, and what it adds to the walk. */
interface Happening {
  at: EventPosition;
  take: () => void;
}

export function momentsOfKey(
  items: readonly TimelineItem[],
  family: Family,
  session: string,
  { begin, users }: { begin: FamilyLink | undefined; users: Users },
): LineageMoment[] {
  const walk: Walk = { items, session, status: new Map(), users, moments: [] };
  const requests = family.requests.get(session)!;
  const joining = Map.groupBy(
    family.links.filter(({ to, exchange }) => to === session && exchange !== begin?.exchange),
    ({ exchange }) => exchange,
  );
  // Requests overlap: what they did stands where it happened.
  const all = requests.flatMap((exchange, index) => [
    ...(index === 0 ? [begun(walk, exchange, begin, family.cut.has(session))] : broughtBy(walk, exchange)),
    ...joins(walk, exchange, joining.get(exchange) ?? []),
    ...usersOf(walk, exchange),
    ...stepsIn(walk, exchange),
    ...setBy(walk, exchange, index === 0),
  ]);
  for (const { take } of all.sort((a, b) => byPosition(a.at, b.at))) take();
  return walk.moments;
}

type Own = LineageMoment extends infer One
  ? One extends unknown
    ? Omit<One, 'session' | 'exchange' | 'operation' | 'at'>
    : never
  : never;

function add({ session, moments }: Walk, exchange: ExchangeRecord, own: Own, at: EventPosition): void {
  const operation = 'operation' in at ? { operation: at as OperationRecorded } : {};
  moments.push({ session, exchange, at, ...operation, ...own } as LineageMoment);
}

function begun(walk: Walk, exchange: ExchangeRecord, link: FamilyLink | undefined, isCut: boolean): Happening {
  const { session, items } = walk;
  const { brought, steps } = stepsOf(exchange);
  const own = steps.filter((step) => step.session === session);
  // Saved under a key of which nobody saw where it is from, it may have been there before.
  const isMade = own.some(({ is }) => is === 'begun');
  const made = own.find(({ is }) => is === 'begun') ?? own.find(({ is }) => is === 'saved');
  const isBrought = brought === session;
  const how =
    link?.is ??
    (isCut
      ? 'brought'
      : isBrought
        ? isAdopted(exchange, session)
          ? 'adopted'
          : 'brought'
        : isMade
          ? 'made'
          : 'brought');
  const at =
    link === undefined
      ? ((how === 'made' ? made?.operation : undefined) ?? exchange)
      : (link.operation ?? made?.operation ?? exchange.finished ?? exchange);
  const isAfterBreak = indexOf(items).breaks.some((gap) => isUpTo(gap, exchange));
  return {
    at,
    take: () =>
      add(walk, exchange, { is: 'begun', how, isAfterBreak, isCut, ...(link === undefined ? {} : { link }) }, at),
  };
}

/** It came with a key of which there was no record, and saved under it. */
function isAdopted(exchange: ExchangeRecord, session: string): boolean {
  const own = stepsOf(exchange).steps.filter((step) => step.session === session);
  const missing = own.findIndex(({ is }) => is === 'missing');
  return missing >= 0 && own.slice(missing).some(({ is }) => is === 'saved') && !isSealed(exchange);
}

function broughtBy(walk: Walk, exchange: ExchangeRecord): Happening[] {
  const at = exchange.started ?? exchange;
  return stepsOf(exchange).brought === walk.session
    ? [{ at, take: () => add(walk, exchange, { is: 'brought' }, at) }]
    : [];
}

const joins = (walk: Walk, exchange: ExchangeRecord, links: readonly FamilyLink[]): Happening[] =>
  links.map((link) => {
    const at = link.operation ?? exchange.finished ?? exchange;
    return { at, take: () => add(walk, exchange, { is: 'joined', link }, at) };
  });

/** `isFirst`: the row of its beginning says so already, unless it came with the key. */
function setBy(walk: Walk, exchange: ExchangeRecord, isFirst: boolean): Happening[] {
  const { set, brought } = stepsOf(exchange);
  const at = exchange.finished;
  if (set !== walk.session || at === undefined || (isFirst && brought !== set)) return [];
  return [{ at, take: () => add(walk, exchange, { is: 'set' }, at) }];
}

/** Who was in it as a request loaded it, and who was when the request had done with it. */
function usersOf(walk: Walk, exchange: ExchangeRecord): Happening[] {
  const { loaded, changed } = usersIn(exchange, walk.session);
  const happening = ({ users, by }: { users: Users; by: OperationRecorded }, isLoaded: boolean): Happening => ({
    at: by,
    take() {
      if (sameUsers(walk.users, users)) return;
      walk.users = users;
      add(walk, exchange, { is: 'user', users, isLoaded }, by);
    },
  });
  return [
    ...(loaded === undefined ? [] : [happening(loaded, true)]),
    ...(changed === undefined ? [] : [happening(changed, false)]),
  ];
}

function stepsIn(walk: Walk, exchange: ExchangeRecord): Happening[] {
  return stepsOf(exchange)
    .steps.filter((step) => step.session === walk.session)
    .map((step) => ({ at: step.operation, take: () => takeStep(walk, exchange, step) }));
}

/** A store that it is not known of is not taken for another's. */
function storeKey(exchange: ExchangeRecord): string {
  const where = recordsIn(middlewareOf(exchange));
  return where === 'outside' || where === 'cookie' ? '' : exchange.epoch;
}

function takeStep(walk: Walk, exchange: ExchangeRecord, step: SessionStep): void {
  const { operation } = step;
  const key = storeKey(exchange);
  const known = walk.status.get(key);
  const before = known !== undefined && isBroken(walk.items, known.by, operation) ? undefined : known;
  const since = before?.is === 'gone' ? before.by : undefined;
  const note = (is: Status['is'], by = operation) => void walk.status.set(key, { is, by });
  switch (step.is) {
    case 'ended':
      // A cookie that is the session: each flush takes it from one browser.
      if (since === undefined || isSealed(exchange)) add(walk, exchange, { is: 'ended' }, operation);
      return note('gone');
    case 'expired':
      add(walk, exchange, { is: 'expired' }, operation);
      return note('gone');
    case 'rotated':
      return operation.outcome === 'error' ? undefined : note('gone');
    case 'missing':
      if (before?.is !== 'missing')
        add(walk, exchange, { is: 'missing', ...whyMissing(walk, exchange, operation, since) }, operation);
      return note('missing', since ?? operation);
    case 'found':
      if (since === undefined) return note('there');
      if (!askedAfter(exchange, operation, since)) return undefined;
      add(walk, exchange, { is: 'works', since }, operation);
      return note('there');
    case 'saved':
      if (since !== undefined && !exchange.operations.includes(since) && isKept(exchange, walk.session))
        add(walk, exchange, { is: 'revived', since }, operation);
      return note('there');
    default:
      return step.is === 'begun' && operation.operation === 'save' ? note('there') : undefined;
  }
}

/** What was saved lasts: a cookie that is the session only where the response set it. */
const isKept = (exchange: ExchangeRecord, session: string): boolean =>
  !isSealed(exchange) || stepsOf(exchange).set === session;

function whyMissing(
  { items, status }: Walk,
  exchange: ExchangeRecord,
  operation: OperationRecorded,
  since: OperationRecorded | undefined,
): { since?: OperationRecorded; emptied?: string } {
  if (since !== undefined) return { since };
  const middleware = middlewareOf(exchange);
  const wasThere = [...status.values()].some(({ is }) => is === 'there');
  if (middleware === undefined || recordsIn(middleware) !== 'process' || !wasThere) return {};
  const isRestarted = items.some(
    (item) => item.kind === 'epoch' && item.isRestart && item.epoch === exchange.epoch && isUpTo(item, operation),
  );
  return isRestarted ? { emptied: middleware.store } : {};
}

/** Whether it asked for the record after this had ended it: who had begun before may have read before. */
function askedAfter(exchange: ExchangeRecord, load: OperationRecorded, end: OperationRecorded): boolean {
  if (exchange.epoch === end.epoch && exchange.seq < end.seq) return false;
  return load.at - (load.durationMs ?? 0) > end.at;
}
