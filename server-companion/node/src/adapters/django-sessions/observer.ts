/** What the framework is given: it reports each request, and sessions that were opened outside of one. */
import type { ExchangeObserver, ObservedSession, RequestFacts, SessionObserver } from '@sessionscope/django-sessions';
import { DISCOVERY_HEADER } from '../../../../../protocol/index.ts';
import { headerWith } from '../../core/discovery-item.ts';
import { hostOf } from '../../core/endpoint/inside.ts';
import { announceLast } from '../../kit/hosts/announce.ts';
import type { ExchangeScope } from '../../kit/scope.ts';
import { Exchange } from './exchange.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { SessionRecorder } from './session-recorder.ts';

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
        if (!companion.observes(facts.request === undefined ? facts.host : hostOf(facts.request))) return undefined;
        const exchange = new Exchange(sessions, facts);
        try {
          announce(exchange, facts);
        } catch (error) {
          exchange.observed.fault('announce', error);
        }
        return exchange.observer();
      }),
    background: backgroundObserver(sessions, guarded),
  };
}

/** Sessions of scripts and tasks: each has a recorder for as long as it lives. */
function backgroundObserver(
  sessions: ObservedSessions,
  guarded: <T>(where: string, work: () => T) => T | undefined,
): ExchangeObserver {
  const recorders = new WeakMap<ObservedSession, SessionRecorder>();
  const { companion } = sessions;
  const scope: ExchangeScope = {
    id: null,
    owner: null,
    offsetMs: undefined,
    isLibraryRunning: false,
    companion,
    fault: (where, error) => companion.faults.note(where, error),
  };
  const recorderOf = (session: ObservedSession): SessionRecorder => {
    let recorder = recorders.get(session);
    if (recorder === undefined) recorders.set(session, (recorder = new SessionRecorder(scope, sessions, session)));
    return recorder;
  };
  return {
    operation: (operation) => guarded('background', () => recorderOf(operation.session).observe(operation)),
    mark: (method, call, session, by) => guarded('background', () => recorderOf(session).mark(method, call, by)),
    recorded: (session) => guarded('background', () => recorderOf(session).recorded()),
  };
}

/** Puts the discovery header on the response. */
function announce({ id, sessions }: Exchange, facts: RequestFacts) {
  const { request, response, mount = '', host } = facts;
  const arrival = request === undefined ? { mount, host } : { mount, host: hostOf(request), socket: request.socket };
  const item = sessions.observed.announce(arrival, id);
  if (item === undefined) return;
  if (response !== undefined) return announceLast(response, item);
  // Handlers around handlers make a response each, of one request.
  const owner = facts.fetchRequest ?? facts;
  facts.changeHeader(DISCOVERY_HEADER, (before) => headerWith(owner, before, item));
}
