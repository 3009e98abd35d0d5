/**
 * Events as they are recorded: each kind with a place for every field that it may have, so that all of one kind have
 * one form. Filled in, none of them grows, and what reads them meets one form; measured, an operation that grew by
 * eight fields cost twice as much to make, and to keep.
 */
import type { Actor, ExchangeFinished, ExchangeStarted, OperationRecorded } from '../../../../protocol/index.ts';
import type { HeldEvent } from './event-columns.ts';

/** Every field, those that an event may lack as `undefined`. */
type Form<Event> = { [Field in keyof Required<Event>]: Event[Field] | undefined };

/** An operation, to be filled in by who records it. */
export function operationForm(
  exchange: string | null,
  offsetMs: number | undefined,
  session: string | null,
  operation: OperationRecorded['operation'],
  call: string,
  actor: Actor,
): OperationRecorded {
  const form: Form<OperationRecorded> = {
    type: 'operation-recorded',
    epoch: '',
    seq: 0,
    at: 0,
    exchange,
    offsetMs,
    session,
    operation,
    call,
    actor,
    path: undefined,
    before: undefined,
    after: undefined,
    state: undefined,
    stored: undefined,
    hit: undefined,
    outcome: undefined,
    layer: undefined,
    cookieProduced: undefined,
    inferred: undefined,
    via: undefined,
    source: undefined,
    durationMs: undefined,
    bytes: undefined,
    keys: undefined,
    digest: undefined,
    from: undefined,
    to: undefined,
    expiryBefore: undefined,
    expiry: undefined,
    reason: undefined,
    error: undefined,
  };
  return form as OperationRecorded;
}

/** The start of an exchange, to be filled in by who records it. */
export function startForm(
  exchange: string,
  middleware: number,
  method: string,
  path: string,
  protocol: ExchangeStarted['protocol'],
  cookie: ExchangeStarted['cookie'],
): ExchangeStarted {
  const form: Form<ExchangeStarted> = {
    type: 'exchange-started',
    epoch: '',
    seq: 0,
    at: 0,
    exchange,
    middleware,
    method,
    path,
    protocol,
    host: undefined,
    site: undefined,
    dest: undefined,
    purpose: undefined,
    client: undefined,
    process: undefined,
    parent: undefined,
    kind: undefined,
    cookie,
  };
  return form as ExchangeStarted;
}

type Ending = Omit<ExchangeFinished, 'type' | 'epoch' | 'seq' | 'at' | 'exchange' | 'durationMs' | 'sessionBefore'>;

/** The end of an exchange. */
export function finishForm(
  exchange: string,
  durationMs: number,
  sessionBefore: string | null,
  end: Ending,
): ExchangeFinished {
  const form: Form<ExchangeFinished> = {
    type: 'exchange-finished',
    epoch: '',
    seq: 0,
    at: 0,
    exchange,
    status: end.status,
    durationMs,
    ending: end.ending,
    headAtMs: end.headAtMs,
    cacheControl: end.cacheControl,
    vary: end.vary,
    location: end.location,
    sessionBefore,
    sessionAfter: end.sessionAfter,
    verdict: end.verdict,
    expiry: end.expiry,
    faults: end.faults,
  };
  return form as ExchangeFinished;
}

/** An event of its own for a reader: with the fields that it has, and no other. What stands in them is shared. */
export function ownEvent<Event extends HeldEvent>(recorded: Event): Event {
  const event = { ...recorded };
  // A field that was deleted would cost each that is read after it.
  for (const field in event) if (event[field] === undefined) return presentFields(event);
  return event;
}

function presentFields<Event extends HeldEvent>(recorded: Event): Event {
  const event: Record<string, unknown> = {};
  // Copied from an event: it has no fields but its own.
  // oxlint-disable-next-line guard-for-in
  for (const field in recorded) if (recorded[field] !== undefined) event[field] = recorded[field];
  return event as unknown as Event;
}
