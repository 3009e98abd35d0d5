/** How the panel stands to its companion, and what the doctor says of it. */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import { type Connection, UNKNOWN_CONNECTION } from '../views/connection.ts';
import type { DoctorView } from '../views/doctor.ts';
import { onDemand } from './on-demand.ts';

export function createConnectionModel(headerRemoved: ReadonlySignal<number>) {
  const connection = signal<Connection>(UNKNOWN_CONNECTION);
  return {
    connection: connection as ReadonlySignal<Connection>,
    /** `undefined`: its code is not there yet. */
    doctor: computed<DoctorView | undefined>(() =>
      onDemand.code?.doctor({ ...connection.value, headerRemoved: headerRemoved.value }),
    ),
    setConnection(change: Partial<Connection>): void {
      connection.value = { ...connection.value, ...change };
    },
  };
}
