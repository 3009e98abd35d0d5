/** The body of a call: read within bounds, checked, or refused. */
import { LIMITS, type Message, parse, PROTOCOL_VERSION, type Schema } from '../../../../protocol/index.ts';
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

/** Counts what comes, and not what a header says of it: that may be missing, or be of what a parser has inflated. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.requestBytes) throw new CallRefused(TOO_LARGE);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The body as a message of `schema`; what does not fit is refused with its first place, never its content. */
export async function readBody<TSchema extends Schema>(
  body: ReadableStream<Uint8Array> | null,
  schema: TSchema,
): Promise<Message<TSchema>> {
  const text = await readText(body);
  if (text === '')
    throw new CallRefused({
      status: 400,
      code: 'bad-request',
      message: 'The body is empty, or middleware before the observed session has read it and kept it.',
      mend: 'Ask at the direct door that hello names.',
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
      mend: 'Update the one that is older.',
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
