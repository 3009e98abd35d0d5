/** A recording in which another port of the host sets the cookie of the same name: made of one that has a single server. */
import type { PanelModel } from '../../model/index.ts';
import type { SessionscopeEvent } from '../../protocol/index.ts';

const EPOCH = 'otherport1';
const SESSION = 'b10600000000';
/** Number of the request that then brings what its server knows nothing of. */
const LOST = 4;

type Of<Type extends SessionscopeEvent['type']> = Extract<SessionscopeEvent, { type: Type }>;

export function feedOtherPort(model: PanelModel, events: readonly SessionscopeEvent[]): void {
  const starts = events.filter((event): event is Of<'exchange-started'> => event.type === 'exchange-started');
  const lost = starts[LOST - 1]!;
  model.receive(events.flatMap((event) => without(event, lost) ?? []));
  model.receive(blog(events, starts[0]!, lost));
}

/** Its cookie is signed by another server, and it does nothing with it. */
function without(event: SessionscopeEvent, lost: Of<'exchange-started'>): SessionscopeEvent | undefined {
  if (!('exchange' in event) || event.exchange !== lost.exchange) return event;
  if (event.type === 'exchange-started')
    return { ...event, cookie: { name: event.cookie.name, sent: 1, signature: 'invalid' } };
  if (event.type !== 'exchange-finished') return undefined;
  const { verdict } = event;
  return {
    ...event,
    sessionBefore: null,
    sessionAfter: null,
    verdict: { record: { ...verdict.record, outcome: 'none' }, cookie: { ...verdict.cookie, outcome: 'none' } },
  };
}

/** The other server: one request that is given a session. */
function blog(
  events: readonly SessionscopeEvent[],
  first: Of<'exchange-started'>,
  lost: Of<'exchange-started'>,
): SessionscopeEvent[] {
  const exchange = 'b'.repeat(32);
  const own = events.filter((event) => 'exchange' in event && event.exchange === first.exchange);
  const epoch = events.findLast((event): event is Of<'epoch-started'> => event.type === 'epoch-started')!;
  return [
    { ...epoch, epoch: EPOCH, seq: 1, at: lost.at - 500, server: { name: 'blog', port: 8_000 } },
    ...own.map((event, index): SessionscopeEvent => {
      const moved = {
        ...event,
        epoch: EPOCH,
        seq: index + 2,
        at: lost.at - 400 + index,
        exchange,
      } as SessionscopeEvent;
      if (moved.type === 'exchange-started') return { ...moved, path: '/blog/', host: '127.0.0.1:8000' };
      if (moved.type === 'operation-recorded') return { ...moved, session: SESSION };
      return moved.type === 'exchange-finished' ? { ...moved, sessionAfter: SESSION } : moved;
    }),
  ];
}
