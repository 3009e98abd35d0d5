/** How the framework's operations went, in the wire's words. */
import type { LoadOutcome, SessionOperation } from '@sessionscope/django-sessions';
import type { OperationRecorded } from '../../../../../protocol/index.ts';

/** Of a record that is there and reads as empty, it is known that it could not be decoded. */
export const LOAD_OUTCOMES: Record<LoadOutcome, NonNullable<OperationRecorded['outcome']>> = {
  found: 'found',
  missing: 'missing',
  expired: 'expired',
  'invalid-signature': 'invalid-signature',
  error: 'unreadable',
};

/** Where an engine answers a load from; `cached_db` does not say which of its two it was. */
export const LAYERS: Partial<Record<string, NonNullable<OperationRecorded['layer']>>> = {
  db: 'store',
  file: 'store',
  cache: 'cache',
  signed_cookies: 'cookie',
};

/** The framework writes no record back that was deleted meanwhile. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'UpdateError' || error.name === 'SessionInterrupted');

export const outcomeOf = ({ error }: SessionOperation): { outcome: 'done' | 'gone' | 'error' } => ({
  outcome: error === undefined ? 'done' : isGone(error) ? 'gone' : 'error',
});
