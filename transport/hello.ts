/** The first word to a companion, and what it means where it goes wrong. */
import { type HelloAnswer, helloAnswer, PROTOCOL_VERSION } from '../protocol/index.ts';
import { type Answer, type CallOptions, callEndpoint, type EndpointAddress } from './endpoint-client.ts';

/** Says hello. Nothing secret is sent. */
export const sayHello = (address: EndpointAddress, options: CallOptions): Promise<Answer<HelloAnswer>> =>
  callEndpoint(address, 'hello', { versions: [PROTOCOL_VERSION] }, helloAnswer, options);

/** Ways in which hello fails, the most specific first. */
const HELLO_FAULTS = ['other-version', 'other-app', 'refused', 'failed', 'untried'] as const;

export interface HelloFailure {
  hello: (typeof HELLO_FAULTS)[number];
  helloOrigin?: string;
  helloFault?: string;
}

/** What an answer means that led nowhere. `app`: that of the header; without one, the page's origin was asked unbidden. */
export function failureOf(
  address: EndpointAddress,
  answer: Answer<HelloAnswer>,
  app: string | undefined,
): HelloFailure {
  const { origin: helloOrigin } = address;
  if (answer.ok) return { hello: 'other-app', helloOrigin };
  const { code, text: helloFault } = answer;
  if (code === 'unsupported-version') return { hello: 'other-version', helloOrigin, helloFault };
  if (code === 'refused') return { hello: 'refused', helloOrigin, helloFault };
  // Without a header, a page that has no companion is only that; a server that does not answer is down.
  return app === undefined && answer.why !== 'unreachable'
    ? { hello: 'untried' }
    : { hello: 'failed', helloOrigin, helloFault };
}

/** Of several addresses that failed, the one that says most. */
export const worstOf = (failures: readonly HelloFailure[]): HelloFailure | undefined =>
  HELLO_FAULTS.flatMap((fault) => failures.filter(({ hello }) => hello === fault))[0];
