/** One call to a companion: POST, JSON, no cookies, bounded in time; the answer checked before anybody sees it. */
import { type CallName, errorAnswer, type Message, parseText, type Schema, TOKEN_HEADER } from '../protocol/index.ts';

export interface Place {
  origin: string;
  /** Of the endpoint: `/__sessionscope__`. */
  path: string;
}

export type Answer<T> =
  | { ok: true; value: T }
  /** `unreachable`: no answer at all. `foreign`: something answered that is no companion. `refused`: a companion said no. */
  | { ok: false; why: 'unreachable' | 'foreign' | 'refused'; code?: string; text: string };

export interface CallOptions {
  token?: string | undefined;
  signal?: AbortSignal;
  fetch?: typeof fetch;
}

const TIMEOUT_MS = 5_000;

/** Answers are bounded by the wire's limits; what is longer is no companion's. */
const MAX_ANSWER_LENGTH = 64 * 1024 * 1024;

export const callUrl = ({ origin, path }: Place, call: CallName): string => `${origin}${path}/v1/${call}`;

export const callInit = (body: unknown, { token, signal }: CallOptions): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { [TOKEN_HEADER]: token }) },
  body: JSON.stringify(body),
  // Cookies ignore ports: those of another app would come along.
  credentials: 'omit',
  cache: 'no-store',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
  ...(signal === undefined ? {} : { signal }),
});

/** Never rejects. */
export async function callEndpoint<TSchema extends Schema>(
  place: Place,
  call: CallName,
  body: unknown,
  schema: TSchema,
  options: CallOptions = {},
): Promise<Answer<Message<TSchema>>> {
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])]);
  let response: Response;
  let text: string;
  try {
    const url = callUrl(place, call);
    // Both parts were checked when they were read; an address that means another place is asked nothing all the same.
    if (URL.parse(url)?.origin !== place.origin) throw new TypeError('not an address of that place');
    response = await (options.fetch ?? fetch)(url, callInit(body, { ...options, signal }));
    text = await response.text();
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      ok: false,
      why: 'unreachable',
      text: isLate ? `no answer within ${TIMEOUT_MS / 1000} s` : 'no connection',
    };
  }
  if (!response.ok) return readRefusal(response, text);
  const parsed =
    text.length > MAX_ANSWER_LENGTH ? ({ ok: false, fault: 'too long' } as const) : parseText(schema, text);
  if (parsed.ok) return { ok: true, value: parsed.value };
  return { ok: false, why: 'foreign', text: `the answer is not a companion's (${parsed.fault})` };
}

export function readRefusal(response: Response, text: string): Extract<Answer<never>, { ok: false }> {
  const parsed = parseText(errorAnswer, text);
  if (!parsed.ok)
    return { ok: false, why: 'foreign', text: `it answered ${response.status}, and not as a companion does` };
  const { code, message, mend } = parsed.value.error;
  return { ok: false, why: 'refused', code, text: mend === undefined ? message : `${message} ${mend}` };
}
