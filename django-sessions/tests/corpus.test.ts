/** Every back-end in a store that both sides share: Django writes and ours reads, ours writes and Django reads. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSessionJson } from '../src/codec/json-read.ts';
import { writeSessionJson } from '../src/codec/json-write.ts';
import { createSessions } from '../src/sessions.ts';
import { DJANGO_VERSIONS, djangoPython, type Peer, startPeer } from './python.ts';
import { longSessionJson, sessionJson } from './session-data.ts';
import { makeStore, SECRET, STORE_NAMES } from './stores.ts';

/** Of each way, each back-end and each Django: 2,240 cases a run. */
const BATCHES = 1;
const BATCH = 40;

/** What the keys of a session are to Django itself: an expiry that is no time could not be saved. */
const isUsable = (text: string): boolean => !text.includes('_session_expiry');

async function askOne<Answer>(peer: Peer, command: string, items: unknown[]): Promise<Answer[]> {
  return peer.ask<Answer>([{ command, items }]);
}

for (const version of DJANGO_VERSIONS) {
  const python = djangoPython(version);
  describe.skipIf(python === undefined)(`with Django ${version}`, () => {
    test.each(STORE_NAMES)('%s', async (name) => {
      const store = await makeStore(name);
      if (store === undefined) return;
      const sessions = createSessions(store.options);
      const peer = startPeer(python!, 'store_peer.py', [JSON.stringify({ secret_key: SECRET, ...store.django })]);
      try {
        if (name.startsWith('db') || name === 'cached_db') {
          // One finds the other's table and uses it, whoever made it.
          if (version !== '42') await sessions.createTable();
          const [ofTheTable] = await askOne<unknown>(peer, 'migrate', []);
          if (version === '42') await sessions.createTable();
          expect(JSON.stringify(ofTheTable)).toContain('[["session_key"],true,');
          expect(JSON.stringify(ofTheTable)).toContain('[["expire_date"],false,false,true]');
        }
        const texts = fc.oneof({ weight: 15, arbitrary: sessionJson }, { weight: 1, arbitrary: longSessionJson });
        const batch = fc.array(texts.filter(isUsable), { minLength: BATCH, maxLength: BATCH });
        await fc.assert(
          fc.asyncProperty(batch, async (written) => {
            const theirs = await askOne<string>(peer, 'write', written);
            const mine = await Promise.all(
              theirs.map(async (key) => {
                const session = sessions.open(key);
                const data = await session.entries();
                expect(session.sessionKey).toBe(key);
                // What was read is what another session writes: nested floats, big integers and order with it.
                const copy = sessions.open();
                for (const [name, value] of data) await copy.set(name, value);
                await copy.save();
                return { text: writeSessionJson(new Map(data)), key: copy.sessionKey! };
              }),
            );
            const wanted = written.map(withoutTopFloats);
            expect(mine.map(({ text }) => text)).toEqual(wanted);
            const keys = mine.map(({ key }) => key);
            expect(await askOne<string | null>(peer, 'read', keys)).toEqual(wanted);
          }),
          { numRuns: BATCHES, endOnFailure: true },
        );
      } finally {
        await peer.close();
        await sessions.close();
        await store.dispose();
      }
    });
  });
}

/**
 * A number is handed to the app as JavaScript has it: `1.0` directly in the session is written again as `1`, unless the
 * session was only read and saved. Inside of a value it stays a float.
 */
function withoutTopFloats(text: string): string {
  const data = readSessionJson(Buffer.from(text));
  return writeSessionJson(new Map(data));
}
