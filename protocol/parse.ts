/** The edge: `unknown` in, typed out, never an exception. */
import * as v from 'valibot';
import { event, type SessionscopeEvent } from './events.ts';

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
