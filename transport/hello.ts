/** The first word to a companion, and what it means where it goes wrong. */
import { type HelloAnswer, helloAnswer, PROTOCOL_VERSION } from '../protocol/index.ts';
import { type Answer, type CallOptions, callEndpoint, type Place } from './endpoint-client.ts';

/** Says hello. Nothing secret is sent, but for the token where one is given. */
export const sayHello = (place: Place, options: CallOptions): Promise<Answer<HelloAnswer>> =>
  callEndpoint(place, 'hello', { versions: [PROTOCOL_VERSION] }, helloAnswer, options);

/** Ways in which hello fails, the most telling first. */
const HELLO_FAULTS = ['other-version', 'other-app', 'refused', 'failed', 'untried'] as const;

export interface HelloFailure {
  hello: (typeof HELLO_FAULTS)[number];
  helloOrigin?: string;
  helloFault?: string;
}

/** What an answer means that led nowhere. `app`: that of the header; without one, the page's origin was asked unbidden. */
export function failureOf(place: Place, answer: Answer<HelloAnswer>, app: string | undefined): HelloFailure {
  const { origin: helloOrigin } = place;
  if (answer.ok) return { hello: 'other-app', helloOrigin };
  const { code, text: helloFault } = answer;
  if (code === 'unsupported-version') return { hello: 'other-version', helloOrigin, helloFault };
  if (code === 'refused') return { hello: 'refused', helloOrigin, helloFault };
  // Without a header, a page that has no companion is only that.
  return app === undefined ? { hello: 'untried' } : { hello: 'failed', helloOrigin, helloFault };
}

/** Of several places that failed, the one that says most. */
export const worstOf = (failures: readonly HelloFailure[]): HelloFailure | undefined =>
  HELLO_FAULTS.flatMap((fault) => failures.filter(({ hello }) => hello === fault))[0];
