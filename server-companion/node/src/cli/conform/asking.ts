/** How the checks ask an endpoint, as a panel does, and what they take for an answer. */
import { CHROMIUM_EXTENSION_ID } from '../../../../../extension-identity.ts';
import {
  type Discovery,
  errorAnswer,
  type EventsAnswer,
  eventsEnvelope,
  type HelloAnswer,
  parseEvent,
  parseText,
  type Position,
  type Schema,
  type SessionscopeEvent,
} from '../../../../../protocol/index.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

/** What the checks before have found. */
export interface ConformContext {
  /** A page of the app that works with its session. */
  url: string;
  page?: { discovery: Discovery; cookies: { name: string; value: string }[] };
  hello?: HelloAnswer;
  events?: SessionscopeEvent[];
  next?: Position;
}

export const JSON_TYPE = { 'content-type': 'application/json' };
/** The published extension, which may ask everything at the direct listener. */
export const AS_PANEL = { ...JSON_TYPE, origin: `chrome-extension://${CHROMIUM_EXTENSION_ID}` };
export const HELLO = JSON.stringify({ versions: [1] });

/** Gets the page, and its exchange with it. */
export async function visit({ url }: ConformContext) {
  const answer = await sendRaw({ url, method: 'GET' });
  const header = answer.headers['sessionscope'];
  return { answer, header: Array.isArray(header) ? header.join(', ') : header };
}

export const insideOf = ({ url, page }: ConformContext): string | undefined =>
  page && `${new URL(url).origin}${page.discovery.path}/v1/`;
export const directOf = ({ hello }: ConformContext): string | undefined =>
  hello?.directListener ? `${hello.directListener.origin}${hello.directListener.path}/v1/` : undefined;

/** Whether an answer is the error that is due. */
export function refusal({ status, text }: RawAnswer, statuses: readonly number[], code?: string): string | undefined {
  if (!statuses.includes(status)) return `It answers ${status} where ${statuses.join(' or ')} is due.`;
  const parsed = parseText(errorAnswer, text);
  if (!parsed.ok) return `Its ${status} is not an errorAnswer (${parsed.fault}).`;
  return code === undefined || parsed.value.error.code === code
    ? undefined
    : `Its error has the code ${parsed.value.error.code} where ${code} is due.`;
}

/** What every answer of an endpoint bears and does not bear. */
export function headersFault({ headers }: RawAnswer): string | undefined {
  const cors = Object.keys(headers).find((name) => name.startsWith('access-control-'));
  if (cors !== undefined) return `The answer bears ${cors}: a page of another origin could read it.`;
  if (headers['x-content-type-options'] !== 'nosniff') return 'The answer lacks “X-Content-Type-Options: nosniff”.';
  if (!String(headers['cache-control'] ?? '').includes('no-store'))
    return 'The answer lacks “Cache-Control: no-store”: it could be kept.';
  return undefined;
}

/** A 200 that fits; throws with words for people otherwise. */
export function fitting<TSchema extends Schema>(answer: RawAnswer, schema: TSchema) {
  if (answer.status !== 200) throw new Error(`It answers ${answer.status}: ${answer.text.slice(0, 200)}`);
  const fault = headersFault(answer);
  if (fault !== undefined) throw new Error(fault);
  const parsed = parseText(schema, answer.text);
  if (!parsed.ok) throw new Error(`The answer does not fit docs/protocol.md: ${parsed.fault}.`);
  return parsed.value;
}

export async function readEvents(base: string, proofs: object, after: Position | null = null): Promise<EventsAnswer> {
  const body = JSON.stringify({ v: 1, proofs, after, wait: false });
  const envelope = fitting(await sendRaw({ url: `${base}events`, headers: AS_PANEL, body }), eventsEnvelope);
  const events = envelope.events.map((input, index) => {
    const event = parseEvent(input);
    if (!event.ok) throw new Error(`Event ${index + 1} does not fit docs/protocol.md: ${event.fault}.`);
    return event.value;
  });
  return { ...envelope, events };
}

/** The text of the first message of a stream, up to the blank line behind it; `undefined`: it is not all there. */
export const firstMessage = (stream: string): string | undefined =>
  stream
    .split(/\r?\n\r?\n/)
    .slice(0, -1)
    .find((part) => /^data:/m.test(part));
