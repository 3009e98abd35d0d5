/** An event of h3 1 or 2: its headers, its sessions and the cookies set so far, looked at without changing any of them. */
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import type { Event1, Event2, H3Event, RawSession } from './types.ts';

export interface EventAccess {
  readonly major: 1 | 2;
  /** Node's own request and response, or those that stand for them where a server asks itself. */
  readonly given: Pick<RequestContext<never>, 'request' | 'response'> | undefined;
  /** Of the request. */
  header(name: string): string | undefined;
  /** The session of that name that the event holds now. */
  session(name: string): RawSession | undefined;
  /** The lines of Set-Cookie so far. */
  setCookies(): string[];
}

/** h3 2 makes `event.res` as it is asked for: an event that has none yet keeps none. */
const RESPONSE = Symbol.for('h3.internal.event.res');

/** An event of h3 1 has a `req` too: Node's. */
export const accessOf = (event: object): EventAccess =>
  typeof (event as Partial<Event2>).req?.headers?.get === 'function'
    ? accessOf2(event as Event2)
    : accessOf1(event as Event1);

function accessOf1(event: Event1): EventAccess {
  const { node } = event;
  return {
    major: 1,
    given: node === undefined ? undefined : { request: node.req, response: node.res },
    header(name) {
      const value = node === undefined ? (event.request ?? event).headers?.get(name) : node.req.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    session: (name) => sessionIn(event.context, name),
    setCookies: () => [node?.res.getHeader('set-cookie') ?? []].flat().map(String),
  };
}

function accessOf2(event: Event2): EventAccess {
  const { req } = event;
  const node = req.runtime?.node;
  return {
    major: 2,
    given: node === undefined ? undefined : { request: node.req, response: node.res },
    header: (name) => req.headers.get(name) ?? undefined,
    session: (name) => sessionIn(event.context ?? req.context, name),
    setCookies: () => (event as { [RESPONSE]?: Event2['res'] })[RESPONSE]?.headers.getSetCookie() ?? [],
  };
}

const sessionIn = (context: H3Event['context'], name: string): RawSession | undefined => context?.sessions?.[name];
