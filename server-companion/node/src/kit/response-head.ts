/** The head of a response as it left, with the session's cookie in it, and the end of an exchange that is made of it. */
import type { ServerResponse } from 'node:http';
import type { Expiry, Verdict } from '../../../../protocol/index.ts';
import { readSetCookie } from '../core/set-cookie.ts';
import type { HeaderReader } from './hosts/response.ts';
import type { ObservedExchange } from './observed-exchange.ts';
import { responseFacts, type ResponseFacts } from './response-facts.ts';

type SetCookie = Verdict['cookie']['attributes'];

export class ResponseHead {
  /** `undefined`: it has not been written. */
  facts: ResponseFacts | undefined;
  /** It was written while the client was there: what is set after that reaches nobody. */
  isSent = false;
  /** What it says of the session's cookie, sent or not. */
  written: SetCookie;

  get isWritten(): boolean {
    return this.facts !== undefined;
  }

  /** What the client was given of the session's cookie. */
  get setCookie(): SetCookie {
    return this.isSent ? this.written : undefined;
  }

  /** It is being written. `isClosed`: the client has gone. */
  see(header: HeaderReader, { offsetMs }: ObservedExchange, cookieName: string, isClosed: boolean): void {
    this.facts = responseFacts(header, offsetMs);
    this.isSent = !isClosed;
    this.written = readSetCookie(header('set-cookie'), cookieName, Date.now());
  }
}

/** The cookie's own clock, as the response moves it. */
export const cookieExpiry = (setCookie: SetCookie): Expiry =>
  setCookie === undefined ? {} : { cookieAt: setCookie.expiresAt ?? null };

type End = Parameters<ObservedExchange['finish']>[0];

/** How an exchange ended, once the connection is done with its response. */
export const endWith = (
  response: Pick<ServerResponse, 'writableFinished' | 'headersSent' | 'statusCode'>,
  head: ResponseFacts | undefined,
  { expiry, ...end }: Pick<End, 'sessionAfter' | 'verdict'> & { expiry: Expiry },
): End => ({
  ending: response.writableFinished ? 'completed' : 'aborted',
  ...head,
  ...end,
  ...(response.headersSent ? { status: response.statusCode } : {}),
  ...(Object.keys(expiry).length > 0 ? { expiry } : {}),
});
