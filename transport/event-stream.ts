/**
 * Events of a companion, for as long as it lives: a stream over fetch, read on from a position; where something on
 * the way buffers the stream, polling. Nothing is lost between two attempts: each begins where the last one ended.
 * What can't be read is a counted gap, and the stream goes on behind it.
 */
import { createParser } from 'eventsource-parser';
import {
  type EventsAnswer,
  type GapOpened,
  parseEvents,
  type Position,
  type Proofs,
  PROTOCOL_VERSION,
} from '../protocol/index.ts';
import { MAX_ANSWER_LENGTH } from './bounded-text.ts';
import { type Answer, type CallOptions, callThrough, jsonOf, type EndpointAddress, send } from './endpoint-client.ts';
import { LumpWatch } from './lump-watch.ts';
import { SameValues } from './same-values.ts';
import { StallWatch } from './stall-watch.ts';

/** The companion says that it is there every 5 s: silence of three times that is a dead connection. */
const SILENCE_MS = 16_000;

/** One sign of life was missed: the server is stopped at a breakpoint, or busy. */
const QUIET_MS = 6_500;

const POLL_MS = 1_000;

const FULL_MS = 10_000;
const LONGEST_FULL_MS = 120_000;

/** Messages in a row that can't be read: that many are no accident, and the stream ends. */
const MAX_UNREADABLE = 20;

export interface EventSource {
  address: EndpointAddress;
  proofs: Proofs;
  after: Position | null;
}

export interface StreamEvents {
  onAnswer: (answer: EventsAnswer) => void;
  onMode: (mode: 'live' | 'polling') => void;
  /** Nothing has come for longer than a companion is ever silent, or something has again. */
  onSilence?: (isSilent: boolean) => void;
}

/** How it ended: `refused` is not worth trying again, `broken` is. */
export interface StreamEnd {
  why: 'refused' | 'broken';
  code?: string;
  text: string;
}

export type ReadOptions = CallOptions & {
  signal: AbortSignal;
  /** Default 10,000: how long to poll before a stream is asked for again where there was no place for one. */
  fullMs?: number;
};

/** Reads until it ends or `signal` aborts. Never rejects. */
export async function readEvents(source: EventSource, events: StreamEvents, options: ReadOptions): Promise<StreamEnd> {
  for (let wait = options.fullMs ?? FULL_MS; ; wait = Math.min(wait * 2, LONGEST_FULL_MS)) {
    const end = await stream(source, events, options);
    if (end !== 'lumps' && end !== 'full') return end;
    events.onMode('polling');
    const polled = await poll(source, events, options, end === 'full' ? Date.now() + wait : Number.POSITIVE_INFINITY);
    if (polled !== 'time') return polled;
  }
}

async function stream(
  source: EventSource,
  events: StreamEvents,
  options: ReadOptions,
): Promise<StreamEnd | 'lumps' | 'full'> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const stalls = new StallWatch();
  const listen = () => {
    clearTimeout(timer);
    clearTimeout(quiet);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
    quiet = setTimeout(() => events.onSilence?.(true), QUIET_MS);
    events.onSilence?.(false);
  };
  try {
    const body = { v: PROTOCOL_VERSION, proofs: source.proofs, after: source.after, wait: true };
    const sent = await send(source.address, 'events', body, { ...options, signal });
    if (!sent.ok) return sent.isBusy === true ? 'full' : endOf(sent);
    events.onMode('live');
    const messages = readMessages(source, events.onAnswer, stalls);
    for await (const text of sent.response.body!.pipeThrough(new TextDecoderStream())) {
      listen();
      const fault = messages.feed(text);
      if (fault === 'lumps') return fault;
      if (fault !== undefined) return { why: 'broken', text: fault };
    }
    return { why: 'broken', text: 'the server ended the stream' };
  } catch {
    // Nothing at all came: something holds the stream until it ends.
    if (silence.signal.aborted && !options.signal.aborted) return 'lumps';
    return { why: 'broken', text: 'the connection was lost' };
  } finally {
    clearTimeout(timer);
    clearTimeout(quiet);
    stalls.stop();
    silence.abort();
  }
}

/** Takes the stream's text as it comes; `feed` answers what ends it, `lumps` or words for people. */
function readMessages(source: EventSource, onAnswer: StreamEvents['onAnswer'], stalls: StallWatch) {
  const same = new SameValues();
  const lumps = new LumpWatch(SILENCE_MS);
  let unreadable = 0;
  let waiting = 0;
  const parser = createParser({
    onEvent({ data }) {
      waiting = 0;
      const parsed = parseEvents(jsonOf(data));
      if (!parsed.ok) {
        unreadable += 1;
        const lost = lostAfter(source.after);
        if (lost !== undefined) onAnswer(lost);
        return;
      }
      unreadable = 0;
      if (!stalls.wasBusy) lumps.take(Date.now() - parsed.value.sentAt);
      source.after = parsed.value.next;
      onAnswer({ ...parsed.value, events: same.expand(parsed.value.events) });
    },
  });
  return {
    feed(text: string): string | undefined {
      waiting += text.length;
      parser.feed(text);
      if (unreadable >= MAX_UNREADABLE) return `${MAX_UNREADABLE} messages in a row could not be read`;
      if (waiting > MAX_ANSWER_LENGTH) return 'a message did not end';
      return lumps.comesInLumps ? 'lumps' : undefined;
    },
  };
}

/** A message that can't be read at all: something behind this position is missing, and where that ends is not known. */
function lostAfter(after: Position | null): EventsAnswer | undefined {
  if (after === null) return undefined;
  const seq = after.seq + 1;
  const gap: GapOpened = {
    type: 'gap-opened',
    epoch: after.epoch,
    seq,
    fromSeq: seq,
    at: Date.now(),
    count: 1,
    cause: 'refused',
  };
  return { events: [gap], next: after, more: false, sentAt: gap.at };
}

/** Until `until` (epoch ms), or it ends. */
async function poll(
  source: EventSource,
  events: StreamEvents,
  options: ReadOptions,
  until: number,
): Promise<StreamEnd | 'time'> {
  for (let wait = POLL_MS; !options.signal.aborted;) {
    if (Date.now() >= until) return 'time';
    const answer = await pollOnce(source, options);
    if (answer.ok) {
      wait = POLL_MS;
      const isMore = answer.value.more && isAhead(answer.value.next, source.after);
      source.after = answer.value.next;
      events.onAnswer(answer.value);
      if (isMore) continue;
    } else if (answer.isBusy === true) wait = Math.min(wait * 2, LONGEST_FULL_MS);
    else return endOf(answer);
    await pause(wait, options.signal);
  }
  return { why: 'broken', text: 'stopped' };
}

/** Whether the next answer can differ: a companion that says *more* and stays where it is would be asked for ever. */
export const isAhead = (next: Position, after: Position | null): boolean =>
  after === null || next.epoch !== after.epoch || next.seq > after.seq;

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

const endOf = ({ why, code, text }: Extract<Answer<never>, { ok: false }>): StreamEnd => ({
  why: why === 'refused' ? 'refused' : 'broken',
  ...(code === undefined ? {} : { code }),
  text,
});

/** What there is after a position, once. */
export const pollOnce = (
  { address, proofs, after }: EventSource,
  options: CallOptions,
): Promise<Answer<EventsAnswer>> =>
  callThrough(address, 'events', { v: PROTOCOL_VERSION, proofs, after, wait: false }, parseWhole, options);

function parseWhole(input: unknown): ReturnType<typeof parseEvents> {
  const parsed = parseEvents(input);
  return parsed.ok
    ? { ok: true, value: { ...parsed.value, events: new SameValues().expand(parsed.value.events) } }
    : parsed;
}
