/** A call on a store that no request's session middleware made: a task, an admin page, another library. */
import type { OperationRecorded } from '../../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import { KnownValues, type LiveData } from '../known-values.ts';
import { liveProperties } from '../live-properties.ts';
import { type Below, guard } from '../scope.ts';

export interface BackgroundCall {
  operation: 'save' | 'touch' | 'flush';
  /** As the app wrote it: `store.set`. */
  call: string;
  /** Names the session. */
  key: string;
  /** What was saved. */
  data?: LiveData | undefined;
  /** The record that the store makes of it, where that is known. */
  storedForm?(known: KnownValues, data: LiveData): Pick<OperationRecorded, 'stored' | 'bytes'>;
}

/** Records it. `below`: the function of ours that was called. */
export function recordBackground(
  companion: Companion,
  { operation, call, key, data, storedForm }: BackgroundCall,
  below: Below,
): void {
  const fingerprint = companion.identity.fingerprint(key);
  const known = data === undefined ? undefined : new KnownValues(companion.identity.digest, data);
  companion.log.append(
    {
      type: 'operation-recorded',
      exchange: null,
      session: fingerprint,
      operation,
      call,
      actor: 'background',
      source: companion.sources.take(below),
      ...(known === undefined ? {} : { state: known.state(), keys: known.size, ...storedForm?.(known, data!) }),
    },
    known?.bytes ?? 0,
    fingerprint,
  );
}

/** Records a call of a store's `set(key, session)` or `destroy(key)`. `isData`: which properties of a session are the app's. */
export function recordBackgroundWrite(
  companion: Companion,
  name: 'set' | 'destroy',
  [key, session]: readonly unknown[],
  isData: (property: string) => boolean,
  below: Below,
): void {
  const isSession = name === 'set' && typeof session === 'object' && session !== null;
  guard({ fault: (where, error) => companion.faults.note(where, error) }, `store ${name}`, () =>
    recordBackground(
      companion,
      {
        operation: name === 'set' ? 'save' : 'flush',
        call: `store.${name}`,
        key: String(key),
        data: isSession ? liveProperties(session, isData) : undefined,
      },
      below,
    ),
  );
}
