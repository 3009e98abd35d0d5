/** One call to a companion: POST, JSON, no cookies, bounded in time; the answer checked before anybody sees it. */
import { type CallName, errorAnswer, type Message, parse, type Parsed, type Schema } from '../protocol/index.ts';
import { readText } from './bounded-text.ts';

export interface EndpointAddress {
  origin: string;
  /** Of the endpoint: `/__sessionscope__`. */
  path: string;
}

export type Answer<T> =
  | { ok: true; value: T }
  /** `unreachable`: no answer at all. `foreign`: something answered that is no companion. `refused`: a companion said no. */
  | {
      ok: false;
      why: 'unreachable' | 'foreign' | 'refused';
      code?: string;
      /** 429: worth asking again, later. */
      isBusy?: boolean;
      text: string;
    };

export type ProofHeaders = Readonly<Record<string, string>>;

/** What a paired panel adds to each call. */
export interface CallProof {
  /** Distinguishes two pairings; not a secret. */
  readonly id: string;
  headers(call: CallName, body: string): Promise<ProofHeaders>;
  /**
   * After `stale-proof` to a call with these headers: challenges the address again, unless that was done since. Returns
   * whether it still proves itself.
   */
  renew(refused: ProofHeaders): Promise<boolean>;
}

export interface CallOptions {
  pairing?: CallProof | undefined;
  signal?: AbortSignal;
  fetch?: typeof fetch;
}

const TIMEOUT_MS = 5_000;

const callUrl = ({ origin, path }: EndpointAddress, call: CallName): string => `${origin}${path}/v1/${call}`;

/**
 * Asks, and answers with the response where it is a good one. Rejects where it can't be sent. A proof that is too old is
 * renewed, once.
 */
export async function send(
  address: EndpointAddress,
  call: CallName,
  body: unknown,
  options: CallOptions,
): Promise<{ ok: true; response: Response } | Refusal> {
  const { response, proof } = await sendOnce(address, call, body, options);
  if (response.ok) return { ok: true, response };
  const refusal = await readRefusal(response);
  if (refusal.code !== 'stale-proof' || proof === undefined || !(await options.pairing?.renew(proof))) return refusal;
  const { response: again } = await sendOnce(address, call, body, options);
  return again.ok ? { ok: true, response: again } : readRefusal(again);
}

async function sendOnce(
  address: EndpointAddress,
  call: CallName,
  body: unknown,
  { pairing, signal, fetch: fetcher = fetch }: CallOptions,
): Promise<{ response: Response; proof: ProofHeaders | undefined }> {
  const url = callUrl(address, call);
  // Both parts were checked when they were read; an address that means another host is asked nothing anyway.
  if (URL.parse(url)?.origin !== address.origin) throw new TypeError('not an address of that endpoint');
  const text = JSON.stringify(body);
  const proof = await pairing?.headers(call, text);
  const response = await fetcher(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...proof },
    body: text,
    // Cookies ignore ports: those of another app would come along.
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    ...(signal === undefined ? {} : { signal }),
  });
  return { response, proof };
}

/** As `callThrough`, for an answer of one schema. */
export const callEndpoint = <TSchema extends Schema>(
  address: EndpointAddress,
  call: CallName,
  body: unknown,
  schema: TSchema,
  options: CallOptions = {},
): Promise<Answer<Message<TSchema>>> => callThrough(address, call, body, (input) => parse(schema, input), options);

/** Asks, and reads the whole answer. Never rejects. */
export async function callThrough<T>(
  address: EndpointAddress,
  call: CallName,
  body: unknown,
  read: (input: unknown) => Parsed<T>,
  options: CallOptions,
): Promise<Answer<T>> {
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])]);
  let text: string | undefined;
  try {
    const sent = await send(address, call, body, { ...options, signal });
    if (!sent.ok) return sent;
    text = await readText(sent.response);
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      ok: false,
      why: 'unreachable',
      text: isLate ? `no answer within ${TIMEOUT_MS / 1000} s` : 'no connection',
    };
  }
  const parsed = text === undefined ? ({ ok: false, fault: 'too long' } as const) : read(jsonOf(text));
  if (parsed.ok) return { ok: true, value: parsed.value };
  return { ok: false, why: 'foreign', text: `the answer is not a companion's (${parsed.fault})` };
}

/** `undefined`, which fits no schema, for what is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Refusal = Extract<Answer<never>, { ok: false }>;

async function readRefusal(response: Response): Promise<Refusal> {
  const { status } = response;
  const isBusy = status === 429;
  const parsed = parse(errorAnswer, jsonOf((await readText(response)) ?? ''));
  if (!parsed.ok)
    return { ok: false, why: 'foreign', isBusy, text: `it answered ${status}, and not as a companion does` };
  const { code, message, fix } = parsed.value.error;
  return { ok: false, why: 'refused', code, isBusy, text: fix === undefined ? message : `${message} ${fix}` };
}
