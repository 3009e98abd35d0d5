/** Sets up what `runProgram` needs for one back-end and one Django. */
import type { Sessions } from '../src/core.ts';
import { createSessions } from '../src/sessions.ts';
import type { Rig } from './differential.ts';
import { startDjango, startOurs } from './program-servers.ts';
import type { DjangoVersion } from './python.ts';
import { makeStore, type StoreName, type TestStore } from './stores.ts';

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
  const readers = stores.map((store) => createReaders(store!));
  return {
    name,
    hasNewVary: version !== '42',
    apart: { django: djangoApart, ours: oursOwn, reader: readers[0]!.of },
    own: { django: djangoApart, ours: oursOwn, reader: readers[1]!.of },
    shared: { django: djangoShared, ours: oursShared, reader: readers[2]!.of },
    async close() {
      await Promise.all([djangoApart, djangoShared, oursOwn, oursShared].map((peer) => peer.close()));
      await Promise.all(readers.map((reader) => reader.close()));
      await Promise.all(stores.map((store) => store!.dispose()));
    },
  };
}

/** One for each time zone, made when it is asked for. */
function createReaders({ options }: TestStore) {
  const readers = new Map<string | undefined, Sessions>();
  return {
    of(timeZone: string | undefined): Sessions {
      let reader = readers.get(timeZone);
      if (reader === undefined) {
        reader = createSessions({ ...options, ...(timeZone === undefined ? {} : { timeZone }) });
        readers.set(timeZone, reader);
      }
      return reader;
    },
    close: () => Promise.all([...readers.values()].map((reader) => reader.close())),
  };
}
