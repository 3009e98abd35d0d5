/** What one request did to the keys, or the sealed cookies, of sessions, in order: the steps that a lineage is made of. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { isRotation } from './lineage.ts';
import { isSealed } from './record.ts';

/** One key became another: under a new key, sealed again, or because its record was gone when it was saved. */
export type Becoming = 'rotated' | 'sealed' | 'moved';

export type SessionStep = { operation: OperationRecorded; session: string } & (
  | { is: Becoming; to: string }
  /** It has its key from now on, and had none before. */
  | { is: 'begun' }
  | { is: 'saved' | 'found' | 'missing' | 'ended' | 'expired' }
);

export interface RequestSteps {
  /** The key that its cookie named. */
  brought: string | undefined;
  /** The key whose cookie its response set; `undefined`: none, or not yet. */
  set: string | undefined;
  steps: readonly SessionStep[];
  /** It brought one session and ended with another, which is not that one under a new key. */
  replaced: { from: string; to: string } | undefined;
}

const known = new WeakMap<ExchangeRecord, { version: number; steps: RequestSteps }>();

/** Found once for each version of a request. */
export function stepsOf(exchange: ExchangeRecord): RequestSteps {
  const had = known.get(exchange);
  if (had?.version === exchange.version) return had.steps;
  const steps = findSteps(exchange);
  known.set(exchange, { version: exchange.version, steps });
  return steps;
}

function findSteps(exchange: ExchangeRecord): RequestSteps {
  const { started, finished, operations } = exchange;
  // Where its start was not reported, its end says with which it began.
  const brought = started === undefined ? (finished?.sessionBefore ?? undefined) : started.cookie.fingerprint;
  const after = finished?.sessionAfter ?? undefined;
  const set = finished?.verdict.cookie.outcome === 'set' ? after : undefined;
  const isOfCookie = isSealed(exchange);
  const steps = withoutPassing(operations.flatMap((operation) => stepOf(operation, isOfCookie) ?? []));
  const isReplaced =
    brought !== undefined && after !== undefined && brought !== after && !isRotation(exchange, brought, after);
  return {
    brought,
    set,
    steps,
    replaced: isReplaced ? { from: brought, to: after } : undefined,
  };
}

/** A key that was made and replaced within one request was in no cookie: the one that took its place was begun. */
function withoutPassing(steps: readonly SessionStep[]): SessionStep[] {
  const kept: SessionStep[] = [];
  for (const step of steps) {
    const at = step.is === 'rotated' ? kept.findIndex((one) => isMade(one) && one.session === step.session) : -1;
    if (at < 0 || step.is !== 'rotated') kept.push(step);
    else {
      const { operation, to } = step;
      const rest = kept.filter(({ session }) => session !== step.session);
      kept.splice(0, kept.length, ...rest, { operation, session: to, is: 'begun' });
    }
  }
  return kept;
}

const isMade = ({ is, operation }: SessionStep): boolean => is === 'begun' && operation.operation !== 'save';

function stepOf(operation: OperationRecorded, isOfCookie: boolean): SessionStep | undefined {
  const { operation: name, outcome, session, from, to, expiry, at } = operation;
  switch (name) {
    case 'cycle-key':
      // One that failed has given the session its key anyway.
      return from && to && from !== to ? { operation, session: from, is: 'rotated', to } : undefined;
    case 'flush':
      return from && outcome !== 'error' ? { operation, session: from, is: 'ended' } : undefined;
    case 'expire':
      return session === null ? undefined : { operation, session, is: 'expired' };
    case 'create':
      return session === null ? undefined : { operation, session, is: 'begun' };
    case 'load':
      if (session === null) return undefined;
      if (outcome === 'found') return { operation, session, is: 'found' };
      return outcome === 'missing' || outcome === 'expired' ? { operation, session, is: 'missing' } : undefined;
    case 'save':
      if (outcome === 'error' || outcome === 'gone' || session === null) return undefined;
      if (from && to && from !== to) return { operation, session: from, is: isOfCookie ? 'sealed' : 'moved', to };
      if (from === null && to) return { operation, session: to, is: 'begun' };
      // Saved with an end that had passed, it is no record.
      if (typeof expiry?.storeAt === 'number' && expiry.storeAssumed !== true && expiry.storeAt <= at) return undefined;
      return { operation, session, is: 'saved' };
    default:
      return undefined;
  }
}
