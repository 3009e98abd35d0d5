/** What the framework is given: it tells of each request, and of sessions that were opened outside of one. */
import type { ServerResponse } from 'node:http';
import type { ExchangeObserver, ObservedSession, RequestFacts, SessionObserver } from '@sessionscope/django-sessions';
import { DISCOVERY_HEADER } from '../../../../protocol/index.ts';
import { discoveryItem, originOf } from '../../core/discovery-item.ts';
import { Exchange } from './exchange.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { Tracker } from './tracker.ts';

export function createObserver(sessions: ObservedSessions): SessionObserver {
  const { companion } = sessions;
  const guarded = <T>(where: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      companion.faults.note(where, error);
      return undefined;
    }
  };
  return {
    intercept: (request, response, mount, body) =>
      guarded('endpoint', () => companion.endpoint.handle(request, response, mount, body)) === true,
    interceptFetch: (request, mount) => guarded('endpoint', () => companion.endpoint.handleFetch(request, mount)),
    exchange: (facts) =>
      guarded('begin', () => {
        const exchange = new Exchange(sessions, facts);
        try {
          announce(exchange, facts);
        } catch (error) {
          exchange.fault('announce', error);
        }
        return exchange.observer();
      }),
    background: backgroundObserver(sessions, guarded),
  };
}

/** Sessions of scripts and tasks: each has a tracker for as long as it lives. */
function backgroundObserver(
  sessions: ObservedSessions,
  guarded: <T>(where: string, work: () => T) => T | undefined,
): ExchangeObserver {
  const trackers = new WeakMap<ObservedSession, Tracker>();
  const scope = { sessions, id: null, owner: null, offsetMs: undefined };
  const trackerOf = (session: ObservedSession): Tracker => {
    let tracker = trackers.get(session);
    if (tracker === undefined) trackers.set(session, (tracker = new Tracker(scope, session)));
    return tracker;
  };
  return {
    operation: (operation) => guarded('background', () => trackerOf(operation.session).tell(operation)),
    mark: (method, call, session, by) => guarded('background', () => trackerOf(session).mark(method, call, by)),
    recorded: (session) => guarded('background', () => trackerOf(session).recorded()),
  };
}

/** What may stand in the header as the origin of who answered; a client chooses its Host freely. */
const PLAIN_HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/;

/** Puts the discovery header on the response. */
function announce(
  { id, sessions }: Exchange,
  { request, response, mount = '', isSecure, host, setHeader }: RequestFacts,
) {
  if (request !== undefined && response !== undefined) {
    const item = discoveryItem(sessions.companion, mount, originOf(request.socket), id);
    if (item === undefined) return;
    sessions.mountedAt(mount || '/');
    announceLast(response, item);
    return;
  }
  const name = (host ?? '').toLowerCase();
  if (!PLAIN_HOST.test(name)) return;
  const item = discoveryItem(sessions.companion, mount, `${isSecure ? 'https' : 'http'}://${name}`, id);
  if (item === undefined) return;
  sessions.mountedAt(mount || '/');
  setHeader(DISCOVERY_HEADER, item);
}

/** As the head is written and not before: error handlers take off what was put on a response. */
function announceLast(response: ServerResponse, item: string): void {
  const { writeHead } = response;
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    response.writeHead = writeHead;
    let given = args;
    try {
      given = withItem(response, args, item);
    } catch {
      // The response leaves without it.
    }
    return Reflect.apply(writeHead, this, given) as ServerResponse;
  } as typeof response.writeHead;
}

/** `writeHead(status, message?, headers?)` with one header more, its own arguments unchanged. */
function withItem(response: ServerResponse, args: unknown[], item: string): unknown[] {
  const set = response.getHeader(DISCOVERY_HEADER);
  const last = args.at(-1);
  if (set !== undefined || typeof last !== 'object' || last === null) {
    response.setHeader(DISCOVERY_HEADER, beside(set, item));
    return args;
  }
  const headers = Array.isArray(last)
    ? Array.isArray(last[0])
      ? [...(last as unknown[]), [DISCOVERY_HEADER, item]]
      : [...(last as unknown[]), DISCOVERY_HEADER, item]
    : { ...last, [DISCOVERY_HEADER]: beside((last as Record<string, unknown>)[DISCOVERY_HEADER], item) };
  return [...args.slice(0, -1), headers];
}

/** An item more in the header's list. */
const beside = (set: unknown, item: string): string => (typeof set === 'string' ? `${set}, ${item}` : item);
