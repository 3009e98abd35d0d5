/** What stands in the Redis stream that the processes of one project share (docs/protocol.md, "The shared log"). */
import { LIMITS, parseEvent } from '../../../../../protocol/index.ts';
import type { HeldEvent } from '../event-ring.ts';
import type { Reply } from './resp.ts';

/** A log that nobody writes to any more goes after this time. */
export const LIFE_S = 24 * 3600;

/** Stream, counter, epoch, last number of each process: as the Python companion names them. */
export const keysOf = (app: string): string[] =>
  ['events', 'seq', 'epoch', 'written'].map((name) => `sessionscope:${app}:${name}`);

/**
 * Numbers and keeps events; the same text as in the Python companion. KEYS: see `keysOf`. ARGV: epoch, the last number
 * known, how many to keep, the life in seconds, the process, then number in it, owner and JSON of each event. What was
 * written already is not written again: an answer may have been lost. Where an entry of somebody else's bars the way,
 * since its ID is higher, the stream begins again: every process has a copy of what was in it.
 */
export const APPEND = `
local seq = tonumber(redis.call('GET', KEYS[2]) or '0')
if seq < tonumber(ARGV[2]) then seq = tonumber(ARGV[2]) end
local last = tonumber(redis.call('HGET', KEYS[4], ARGV[5]) or '0')
for i = 6, #ARGV, 3 do
  local number = tonumber(ARGV[i])
  if number > last then
    seq = seq + 1
    local function add()
      return redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], seq .. '-0',
        'p', ARGV[5], 'l', ARGV[i], 'o', ARGV[i + 1], 'e', ARGV[i + 2])
    end
    local added = add()
    if type(added) == 'table' and added.err then
      redis.call('DEL', KEYS[1])
      add()
    end
    last = number
  end
end
redis.call('SET', KEYS[2], seq, 'EX', ARGV[4])
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[4])
redis.call('HSET', KEYS[4], ARGV[5], last)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[4], ARGV[4])
return seq
`;

export interface StreamEntry {
  readonly seq: number;
  /** Which log of which process wrote it, and its number there. */
  readonly writer: string;
  readonly local: number;
  /** The session with which its exchange began. */
  readonly owner: string | null;
  readonly json: string;
}

/** The entries of an answer to XREAD, each with its ID; `entry` absent: no companion wrote it. */
export function entriesOf(reply: Reply): { id: string; entry?: StreamEntry }[] {
  const [stream] = Array.isArray(reply) ? reply : [];
  const entries = Array.isArray(stream) && Array.isArray(stream[1]) ? stream[1] : [];
  return entries.flatMap((item) => {
    if (!Array.isArray(item) || typeof item[0] !== 'string') return [];
    const [id, fields] = item;
    const entry = entryOf(id, Array.isArray(fields) ? fields : []);
    return [entry === undefined ? { id } : { id, entry }];
  });
}

function entryOf(id: string, list: Reply[]): StreamEntry | undefined {
  const fields = new Map<unknown, unknown>();
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(list[at], list[at + 1]);
  const [writer, local, owner, json] = ['p', 'l', 'o', 'e'].map((name) => fields.get(name));
  const [, number] = /^(\d{1,15})-0$/.exec(id) ?? [];
  if (number === undefined || typeof writer !== 'string' || typeof json !== 'string') return undefined;
  if (typeof local !== 'string' || !/^\d{1,15}$/.test(local) || typeof owner !== 'string') return undefined;
  if (!isEvent(json)) return undefined;
  return { seq: Number(number), writer, local: Number(local), owner: owner === '' ? null : owner, json };
}

/** Whether it is any event: one of a companion that is newer than this one stays where it is. */
function isEvent(json: string): boolean {
  try {
    return typeof (JSON.parse(json) as { type?: unknown } | null)?.type === 'string';
  } catch {
    return false;
  }
}

/**
 * The event of an entry. `seqOf`: the number of an event by its number in the log that wrote it. What this companion can't read
 * is a fault in its place: its number is taken.
 */
export function eventOf(
  { seq, writer, json }: StreamEntry,
  epoch: string,
  seqOf: (writer: string, local: number) => number | undefined,
): HeldEvent {
  const given = JSON.parse(json) as Record<string, unknown>;
  const { via, ...rest } = given;
  const through = typeof via === 'number' ? seqOf(writer, via) : undefined;
  const parsed = parseEvent({ ...rest, ...(through === undefined ? {} : { via: through }), epoch, seq });
  if (parsed.ok && parsed.value.type !== 'gap-opened') return parsed.value;
  const message = `An event of another process can't be read here: ${parsed.ok ? 'a gap' : parsed.fault}`;
  return {
    type: 'fault-noted',
    epoch,
    seq,
    at: typeof given['at'] === 'number' ? given['at'] : Date.now(),
    exchange: null,
    where: 'redis',
    message: message.slice(0, LIMITS.sentenceLength),
    total: 1,
  };
}
