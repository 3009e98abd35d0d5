/**
 * Events of a companion, for as long as it lives: a stream over fetch, read on from a position; where something on
 * the way holds the stream back, polling. Nothing is lost between two attempts: each begins where the last one ended.
 */
import { createParser } from 'eventsource-parser';
import {
  type EventsAnswer,
  eventsAnswer,
  parseText,
  type Position,
  type Proofs,
  PROTOCOL_VERSION,
} from '../protocol/index.ts';
import { type CallOptions, callEndpoint, callInit, callUrl, type Place, readRefusal } from './endpoint-client.ts';

/** An answer that took so much longer than another of the same stream was held back on the way. */
const LUMP_MS = 2_500;

/** The companion says that it is there every 5 s: silence of three times that is a dead connection. */
const SILENCE_MS = 16_000;

const POLL_MS = 1_000;

export interface EventSource {
  place: Place;
  proofs: Proofs;
  after: Position | null;
}

export interface StreamEvents {
  onAnswer: (answer: EventsAnswer) => void;
  onMode: (mode: 'live' | 'polling') => void;
}

/** How it ended: `refused` is not worth trying again, `broken` is. */
export interface StreamEnd {
  why: 'refused' | 'broken';
  code?: string;
  text: string;
}

/** Reads until it ends or `signal` aborts. Never rejects. */
export async function readEvents(
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): Promise<StreamEnd> {
  const end = await stream(source, events, options);
  if (end !== 'lumps') return end;
  events.onMode('polling');
  return poll(source, events, options);
}

async function stream(
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): Promise<StreamEnd | 'lumps'> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const body = { v: PROTOCOL_VERSION, proofs: source.proofs, after: source.after, wait: true };
    const response = await (options.fetch ?? fetch)(
      callUrl(source.place, 'events'),
      callInit(body, { ...options, signal }),
    );
    if (!response.ok) {
      const refusal = readRefusal(response, await response.text());
      return {
        why: refusal.why === 'refused' ? 'refused' : 'broken',
        ...(refusal.code ? { code: refusal.code } : {}),
        text: refusal.text,
      };
    }
    events.onMode('live');
    let fault: string | undefined;
    // The two clocks may differ; how far the answers' ways differ does not depend on them.
    let shortest = Infinity;
    let longest = -Infinity;
    const parser = createParser({
      onEvent: ({ data }) => {
        const parsed = parseText(eventsAnswer, data);
        if (!parsed.ok) {
          fault = parsed.fault;
          return;
        }
        const way = Date.now() - parsed.value.sentAt;
        shortest = Math.min(shortest, way);
        longest = Math.max(longest, way);
        source.after = parsed.value.next;
        events.onAnswer(parsed.value);
      },
    });
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      parser.feed(text);
      if (fault !== undefined) return { why: 'broken', text: `an event could not be read (${fault})` };
      if (longest - shortest > LUMP_MS) return 'lumps';
    }
    return { why: 'broken', text: 'the server ended the stream' };
  } catch {
    // Nothing at all came: something holds the stream until it ends.
    if (silence.signal.aborted && !options.signal.aborted) return 'lumps';
    return { why: 'broken', text: 'the connection was lost' };
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

async function poll(
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): Promise<StreamEnd> {
  while (!options.signal.aborted) {
    const answer = await pollOnce(source, options);
    if (!answer.ok)
      return {
        why: answer.why === 'refused' ? 'refused' : 'broken',
        ...(answer.code ? { code: answer.code } : {}),
        text: answer.text,
      };
    source.after = answer.value.next;
    events.onAnswer(answer.value);
    if (!answer.value.more) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { why: 'broken', text: 'stopped' };
}

/** What there is after a position, once. */
export const pollOnce = ({ place, proofs, after }: EventSource, options: CallOptions) =>
  callEndpoint(place, 'events', { v: PROTOCOL_VERSION, proofs, after, wait: false }, eventsAnswer, options);
