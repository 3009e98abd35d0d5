/**
 * Pairing without a code: who may write the files in the user's own state directory is the user, and a companion takes
 * the keys that it finds there. A key lasts as long as the command that wrote it.
 */
import { randomBytes } from 'node:crypto';
import { createPairedKeys, keyOf } from '../../core/endpoint/paired-keys.ts';
import {
  readState,
  stateDirectory,
  type StoredProject,
  storedProjects,
  withStateLock,
} from '../../core/state-directory.ts';

/** Commands that run at once for one project; what one leaves behind that was killed goes with the next ones. */
const MAX_OWN_KEYS = 4;

export interface OwnPairing {
  key: Buffer;
  /** Takes the key out again. */
  end(): Promise<void>;
}

/**
 * A key for the companion of this `app`, bound to `origin`; `undefined` where no project of this user has that name: it
 * runs as another user, in a container, on another machine. Then a code pairs.
 */
export async function pairAsUser(
  app: string,
  origin: string,
  directory: string = stateDirectory(),
): Promise<OwnPairing | undefined> {
  const project = storedProjects(directory, 'identity').find(
    (one) => (readState(directory, one, 'identity') as { app?: unknown } | undefined)?.app === app,
  );
  if (project === undefined) return undefined;
  const key = keyOf(randomBytes(32).toString('base64url'));
  const hash = key.toString('hex');
  const isWritten = await change(directory, project, (tokens) => {
    const others = tokens.filter((token) => token.origin !== origin);
    const own = tokens.filter((token) => token.origin === origin).slice(1 - MAX_OWN_KEYS);
    return [...others, ...own, { hash, origin, createdAt: Date.now() }];
  });
  if (!isWritten) return undefined;
  return {
    key,
    end: async () => void (await change(directory, project, (all) => all.filter((one) => one.hash !== hash))),
  };
}

type Tokens = ReturnType<ReturnType<typeof createPairedKeys>['read']>['tokens'];

/** Whether it was kept: a directory that can't be written keeps nothing, and no companion would find it. */
async function change(directory: string, project: StoredProject, work: (tokens: Tokens) => Tokens): Promise<boolean> {
  try {
    return await withStateLock(directory, project, 'pairing', () => {
      const keys = createPairedKeys({ directory, root: project });
      const state = keys.read();
      keys.write({ ...state, tokens: work(state.tokens) });
      // Another reads what is on the disk.
      const kept = createPairedKeys({ directory, root: project }).read();
      return JSON.stringify(kept.tokens) === JSON.stringify(keys.read().tokens);
    });
  } catch {
    return false;
  }
}
