/**
 * A recorded stretch as it goes into a file, and comes out of one. What was fetched or revealed later stays in this
 * panel; ids of exchanges, which prove to a companion that their responses were seen, are replaced by others.
 */
import {
  type EncodedValue,
  type EpochStarted,
  isTagged,
  type OperationRecorded,
  parse,
  parseEvent,
  type SessionscopeEvent,
  TRACE_FORMAT,
  TRACE_LIMITS,
  TRACE_VERSION,
  traceEnvelope,
  traceNote,
  traceResponse,
  type TraceNote,
  type TraceResponse,
} from '../../protocol/index.ts';
import type { BrowserNote } from './browser-notes.ts';
import type { HarExchange } from './har.ts';
import { type ExchangeRecord, type TimelineItem, VALUE_PARTS, type ValuePart } from './records.ts';
import { urlOrigin } from './url-origin.ts';

/** What is known of the browser's side: epoch ms since which it was seen, `never`, or not known. */
export type SeenSince = number | 'never' | undefined;

/** What a trace holds, read and checked. */
export interface Trace {
  /** Epoch ms. */
  savedAt: number;
  seenSince: SeenSince;
  events: readonly SessionscopeEvent[];
  responses: readonly HarExchange[];
  notes: readonly BrowserNote[];
  /** Entries of the file that do not fit: what they said is not known. */
  refused: number;
}

export interface Stretch {
  items: readonly TimelineItem[];
  /** Every server that the recording knows of. */
  servers: readonly EpochStarted[];
  notes: readonly BrowserNote[];
  seenSince: SeenSince;
  /** Epoch ms. */
  savedAt: number;
}

/** A value of less JSON costs less than its name. */
const MIN_NAMED = 80;
/** A reader remembers some more operations than these: what is older is written again. */
const MAX_APART = 4_000;

/** The file's text. Throws a `RangeError` with words for people where it would be larger than a reader takes. */
export function traceText({ items, servers, notes, seenSince, savedAt }: Stretch): string {
  const ids = new Map<string, string>();
  /** Another id for one of a request, the same wherever it stands. */
  const renamed = (id: string): string => {
    let other = ids.get(id);
    if (other === undefined) ids.set(id, (other = (ids.size + 1).toString(16).padStart(32, '0')));
    return other;
  };
  const epochs = new Set(items.map(({ epoch }) => epoch));
  // A server may say more of itself later: it stands where it was heard of first.
  const heardOf = new Map(
    items.flatMap(({ kind, epoch, at, seq }) => (kind === 'epoch' ? [[epoch, { at, seq }]] : [])),
  );
  const events: SessionscopeEvent[] = servers
    .filter(({ epoch }) => epochs.has(epoch))
    .map((server) => ({ ...server, ...heardOf.get(server.epoch) }));
  for (const item of items) events.push(...eventsOf(item));
  const names = new WrittenValues();
  const responses = items.flatMap((item) =>
    item.kind === 'exchange' && item.har !== undefined ? [responseOf(item.har, renamed)] : [],
  );
  const text = JSON.stringify({
    format: TRACE_FORMAT,
    v: TRACE_VERSION,
    savedAt,
    seenSince: seenSince ?? null,
    events: events.map((event) => names.write(withId(event, renamed))),
    responses,
    notes: notes.map((note) => (note.what === 'cached' ? { ...note, url: withoutQuery(note.url) } : note)),
  });
  if (text.length > TRACE_LIMITS.length)
    throw new RangeError(
      `The trace would be ${Math.ceil(text.length / 1024 / 1024)} MB; a file may have ${TRACE_LIMITS.length / 1024 / 1024}. Filter for fewer requests and save again.`,
    );
  return text;
}

function eventsOf(item: TimelineItem): SessionscopeEvent[] {
  if (item.kind === 'gap') return [item.gap];
  // Its start is among those of the servers.
  if (item.kind === 'epoch') return [];
  const { started, operations, faults, finished } = item;
  return [...(started ? [started] : []), ...operations, ...faults, ...(finished ? [finished] : [])];
}

function withId<T extends SessionscopeEvent>(event: T, renamed: (id: string) => string): T {
  if (!('exchange' in event) || event.exchange === null) return event;
  const parent = event.type === 'exchange-started' ? event.parent : undefined;
  return {
    ...event,
    exchange: renamed(event.exchange),
    ...(parent === undefined ? {} : { parent: renamed(parent) }),
  };
}

function responseOf({ request: _request, url, ...har }: HarExchange, renamed: (id: string) => string) {
  return { ...har, url: withoutQuery(url), exchanges: har.exchanges.map(renamed) };
}

/** A query may hold a token: rules about cookies ask for the path alone. */
function withoutQuery(url: string): string {
  const { origin = '' } = urlOrigin(url) ?? {};
  return origin + url.slice(origin.length).replace(/[?#].*$/s, '');
}

/** Writes each value once: where the very same is written again, its place is named (`docs/protocol.md`, tag `same`). */
class WrittenValues {
  /** By epoch and text. */
  readonly #written = new Map<string, { seq: number; part: ValuePart; at: number }>();
  #count = 0;

  write(event: SessionscopeEvent): SessionscopeEvent {
    if (event.type !== 'operation-recorded') return event;
    this.#count += 1;
    const written: OperationRecorded = { ...event };
    for (const part of VALUE_PARTS) {
      const value = event[part];
      if (value === undefined) continue;
      const text = textOf(value);
      const key = `${event.epoch} ${text}`;
      const known = this.#written.get(key);
      if (known !== undefined && this.#count - known.at <= MAX_APART)
        written[part] = { $: 'same', seq: known.seq, part: known.part };
      else {
        written[part] = JSON.parse(text) as EncodedValue;
        if (text.length >= MIN_NAMED) this.#written.set(key, { seq: event.seq, part, at: this.#count });
      }
    }
    return written;
  }
}

/** As it came: what was fetched or revealed later is left out. */
const textOf = (value: EncodedValue): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || !isTagged(part as EncodedValue) || !('fetched' in part))
      return part;
    const { fetched: _fetched, ...bare } = part;
    return bare;
  });

export type TraceRead = { ok: true; trace: Trace } | { ok: false; fault: string };

/**
 * Reads a file's text. Never throws: `fault` says what is wrong with it, for people. An entry that does not fit is
 * left out and counted. `expand` puts values in the place of their `same` tags.
 */
export function readTrace(
  text: string,
  expand: (events: readonly SessionscopeEvent[]) => readonly SessionscopeEvent[],
): TraceRead {
  if (text.length > TRACE_LIMITS.length)
    return { ok: false, fault: `It is larger than ${TRACE_LIMITS.length / 1024 / 1024} MB.` };
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return { ok: false, fault: 'It is not JSON.' };
  }
  const head = input as { format?: unknown; v?: unknown } | null;
  if (typeof head !== 'object' || head === null || head.format !== TRACE_FORMAT)
    return { ok: false, fault: `It is not a trace: its format is not “${TRACE_FORMAT}”.` };
  if (head.v !== TRACE_VERSION)
    return { ok: false, fault: `It has another version than ${TRACE_VERSION}, which this panel reads.` };
  const envelope = parse(traceEnvelope, input);
  if (!envelope.ok) return { ok: false, fault: `It is damaged (${envelope.fault}).` };
  const { savedAt, seenSince, events, responses, notes } = envelope.value;
  let refused = 0;
  const fitting = <T>(list: readonly unknown[], read: (entry: unknown) => { ok: true; value: T } | { ok: false }) =>
    list.flatMap((entry): T[] => {
      const parsed = read(entry);
      if (parsed.ok) return [parsed.value];
      refused += 1;
      return [];
    });
  const trace = {
    savedAt,
    seenSince: seenSince ?? undefined,
    events: expand(fitting(events, parseEvent)),
    responses: fitting(responses, (entry) => parse(traceResponse, entry)).map(harOf),
    notes: fitting(notes, (entry) => parse(traceNote, entry)) satisfies TraceNote[],
  };
  return { ok: true, trace: { ...trace, refused } };
}

const harOf = ({ jar, ...response }: TraceResponse): HarExchange => ({
  ...response,
  fromCache: false,
  ...(jar === undefined ? {} : { jar: jar.map((fate) => fate ?? undefined) }),
});

/** From the first request that is shown to the last, whatever lies between. */
export function stretchOf(items: readonly TimelineItem[], shown: readonly ExchangeRecord[]): readonly TimelineItem[] {
  const first = items.findIndex((item) => item === shown[0]);
  const last = items.findLastIndex((item) => item === shown.at(-1));
  return first < 0 || last < 0 ? [] : items.slice(first, last + 1);
}
