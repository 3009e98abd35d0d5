/** The edge: `unknown` in, typed out, never an exception. */
import * as v from 'valibot';
import { epochId, event, type GapOpened, seq, type SessionscopeEvent } from './events.ts';
import { type EventsAnswer, eventsEnvelope, type Position } from './messages.ts';

export type Parsed<T> = { ok: true; value: T } | { ok: false; fault: string };

/** Any of the wire's schemas: so that nobody outside of `protocol/` needs to know which library checks them. */
export type Schema = v.GenericSchema;
/** What a message that fits a schema is, once parsed. */
export type Message<TSchema extends Schema> = v.InferOutput<TSchema>;

/**
 * Checks `input` (just parsed from JSON) against one of the wire's schemas. Unknown fields are dropped, so that a
 * newer companion can add some; `fault` names the first place that does not fit and never quotes its content.
 */
export function parse<TSchema extends Schema>(schema: TSchema, input: unknown): Parsed<Message<TSchema>> {
  try {
    const result = v.safeParse(schema, input, { abortEarly: true });
    if (result.success) return { ok: true, value: result.output };
    const issue = result.issues[0];
    const where = v.getDotPath(issue) ?? 'message';
    return { ok: false, fault: `${where}: ${issue.expected === null ? 'not allowed' : `expected ${issue.expected}`}` };
  } catch {
    // A hostile input can exhaust the stack; it is refused like any other.
    return { ok: false, fault: 'message: nested too deep' };
  }
}

/** Parses JSON text, then as `parse`. */
export function parseText<TSchema extends Schema>(schema: TSchema, text: string): Parsed<Message<TSchema>> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return { ok: false, fault: 'message: not JSON' };
  }
  return parse(schema, input);
}

export const parseEvent = (input: unknown): Parsed<SessionscopeEvent> => parse(event, input);

/**
 * Checks one `events` answer, its events one by one: an event that does not fit costs itself alone. In its place stands
 * a `gap-opened` of cause `refused`, so that the position moves on and the loss is shown.
 */
export function parseEvents(input: unknown): Parsed<EventsAnswer> {
  const envelope = parse(eventsEnvelope, input);
  if (!envelope.ok) return envelope;
  const { events, next, ...rest } = envelope.value;
  const known = events.map((one): SessionscopeEvent => {
    const parsed = parseEvent(one);
    return parsed.ok ? parsed.value : refusedEvent(one, next, rest.sentAt);
  });
  return { ok: true, value: { ...rest, next, events: known } };
}

/** The gap of one event; where even its place can't be read, it stands at the end of the answer. */
function refusedEvent(input: unknown, next: Position, sentAt: number): GapOpened {
  const place = parse(v.object({ epoch: epochId, seq }), input);
  const { epoch, seq: at } = place.ok ? place.value : { epoch: next.epoch, seq: Math.max(1, next.seq) };
  return { type: 'gap-opened', epoch, seq: at, at: sentAt, fromSeq: at, count: 1, cause: 'refused' };
}
