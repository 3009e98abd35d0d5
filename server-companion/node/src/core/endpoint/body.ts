/** The body of a call: read within bounds, checked, or refused. */
import { LIMITS, type Message, parse, PROTOCOL_VERSION, type Schema } from '../../../../../protocol/index.ts';
import type { Refusal } from './gate.ts';

/** Thrown where a call ends in a refusal. */
export class CallRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const TOO_LARGE: Refusal = {
  status: 413,
  code: 'too-large',
  message: `A call's body is at most ${LIMITS.requestBytes} bytes.`,
};

/** A panel sends a body at once: who takes longer holds a place of the app's. */
const BODY_DEADLINE_MS = 20_000;

const TOO_SLOW: Refusal = {
  status: 400,
  code: 'bad-request',
  message: `The body was not complete within ${BODY_DEADLINE_MS / 1_000} s.`,
};

/** Counts what comes, and not what a header says of it: that may be missing, or be of what a parser has inflated. */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const reader = body.getReader();
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, BODY_DEADLINE_MS).unref();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) throw new CallRefused(TOO_SLOW);
      if (done) return Buffer.concat(chunks);
      bytes += value.length;
      if (bytes > LIMITS.requestBytes) throw new CallRefused(TOO_LARGE);
      chunks.push(value);
    }
  } finally {
    clearTimeout(deadline);
    reader.cancel().catch(() => {});
  }
}

/** The body as a message of `schema`; what does not fit is refused with its first place, never its content. */
export function parseBody<TSchema extends Schema>(body: Buffer, schema: TSchema): Message<TSchema> {
  const text = body.toString();
  if (text === '')
    throw new CallRefused({
      status: 400,
      code: 'bad-request',
      message: 'The body is empty, or middleware before the observed session has read it and kept it.',
      fix: 'Ask at the direct listener that hello names.',
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CallRefused({ status: 400, code: 'bad-request', message: 'The body is not JSON.' });
  }
  const version = (content as { v?: unknown } | null)?.v;
  if (typeof version === 'number' && version !== PROTOCOL_VERSION)
    throw new CallRefused({
      status: 400,
      code: 'unsupported-version',
      message: `This companion speaks version ${PROTOCOL_VERSION} of the protocol, the panel asked in version ${version}.`,
      fix: 'Update the one that is older.',
      versions: [PROTOCOL_VERSION],
    });
  const parsed = parse(schema, content);
  if (!parsed.ok)
    throw new CallRefused({
      status: 400,
      code: 'bad-request',
      message: `The body does not fit: ${parsed.fault}`.slice(0, LIMITS.sentenceLength),
    });
  return parsed.value;
}
