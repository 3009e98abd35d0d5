/** Sets up what `runProgram` needs for one back-end and one Django. */
import { createSessions } from '../src/sessions.ts';
import { type Rig, startDjango, startOurs } from './differential.ts';
import type { DjangoVersion } from './python.ts';
import { makeStore, type StoreName } from './stores.ts';

export interface RunningRig extends Rig {
  close(): Promise<void>;
}

/** `undefined`: a service does not answer, which has been said. */
export async function startRig(
  name: StoreName,
  python: string,
  version: DjangoVersion,
): Promise<RunningRig | undefined> {
  const stores = [await makeStore(name), await makeStore(name), await makeStore(name)];
  const [apart, own, shared] = stores;
  if (apart === undefined || own === undefined || shared === undefined) return undefined;
  const [djangoApart, djangoShared] = await Promise.all([startDjango(python, apart), startDjango(python, shared)]);
  const [oursOwn, oursShared] = await Promise.all([startOurs(own), startOurs(shared)]);
  const readers = stores.map((store) => createSessions(store!.options));
  return {
    name,
    hasNewVary: version === '52',
    apart: { django: djangoApart, ours: oursOwn, reader: readers[0]! },
    own: { django: djangoApart, ours: oursOwn, reader: readers[1]! },
    shared: { django: djangoShared, ours: oursShared, reader: readers[2]! },
    async close() {
      await Promise.all([djangoApart, djangoShared, oursOwn, oursShared].map((peer) => peer.close()));
      await Promise.all(readers.map((reader) => reader.close()));
      await Promise.all(stores.map((store) => store!.dispose()));
    },
  };
}
