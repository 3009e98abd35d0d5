/** Who is logged in, as far as what is recorded says so: by keys whose names mean a user. */
import type { EncodedValue, OperationRecorded } from '../../protocol/index.ts';
import { isSealed, isUserKey } from '../findings/facts.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { sameness } from '../values/compare.ts';
import { contentOf, cutOf, isUndefined } from '../values/known.ts';
import { partsOf } from '../values/parts.ts';

/** By key, what it holds. */
export type Users = ReadonlyMap<string, EncodedValue>;

/** With the operation that shows it. */
interface UsersAt {
  users: Users;
  by: OperationRecorded;
}

export interface UsersOfRequest {
  /** As the request loaded the session. */
  loaded?: UsersAt;
  /** As it left the session, where it changed that. */
  changed?: UsersAt;
}

const NOBODY: ReadonlySet<unknown> = new Set([null, false, '', 0]);

const isSomebody = (value: EncodedValue | undefined): value is EncodedValue =>
  value !== undefined && !isUndefined(value) && !NOBODY.has(contentOf(value));

/** Who is in a session, by what one request saw and did of it. */
export function usersIn(exchange: ExchangeRecord, session: string): UsersOfRequest {
  const isOfCookie = isSealed(exchange);
  let users: Users = new Map();
  let loaded: UsersAt | undefined;
  let changed: UsersAt | undefined;
  for (const operation of exchange.operations) {
    if (!isAbout(operation, session, isOfCookie)) continue;
    const after = usersAfter(operation, users);
    if (operation.operation === 'load') loaded ??= { users: after, by: operation };
    // The first word on what a new key's session holds; later ones only where they say another thing.
    else if (
      !sameUsers(after, users) ||
      (operation.state !== undefined && changed === undefined && loaded === undefined)
    )
      changed = { users: after, by: operation };
    users = after;
  }
  const isBack = changed !== undefined && loaded !== undefined && sameUsers(changed.users, loaded.users);
  return { ...(loaded === undefined ? {} : { loaded }), ...(changed === undefined || isBack ? {} : { changed }) };
}

/** What is in memory is in no cookie before it is sealed; what a rotation keeps is the new key's. */
function isAbout({ operation, session, to, state }: OperationRecorded, of: string, isOfCookie: boolean): boolean {
  if (operation === 'flush' || operation === 'get' || operation === 'touch') return false;
  if (operation === 'load') return session === of && state !== undefined;
  if (operation === 'save') return (to ?? session) === of && (isOfCookie || state !== undefined);
  if (operation === 'cycle-key') return to === of;
  return session === of && !isOfCookie;
}

/** Of a whole session; sessions that stay as they were are kept once. */
const found = new WeakMap<object, Users>();

function usersOf(state: EncodedValue): Users {
  if (typeof state !== 'object' || state === null) return new Map();
  let users = found.get(state);
  if (users === undefined) {
    users = new Map(
      (partsOf(state) ?? []).flatMap(([step, value]) =>
        isUserKey([step]) && isSomebody(value) ? [[String(step), value] as const] : [],
      ),
    );
    found.set(state, users);
  }
  return users;
}

function usersAfter({ operation, path, after, state }: OperationRecorded, before: Users): Users {
  if (state !== undefined) {
    const users = usersOf(state);
    // Keys that were not sent may still be there.
    return cutOf(state) === undefined ? users : new Map([...before, ...users]);
  }
  if (operation === 'clear') return new Map();
  if (!isUserKey(path) || (operation !== 'set' && operation !== 'delete')) return before;
  const users = new Map(before);
  const key = String(path![0]);
  if (operation === 'set' && isSomebody(after)) users.set(key, after);
  else users.delete(key);
  return users;
}

export const sameUsers = (a: Users, b: Users): boolean =>
  a === b ||
  (a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameness(value, b.get(key)) !== 'different'));
