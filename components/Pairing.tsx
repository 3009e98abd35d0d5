/** Pairing: a code from the server's terminal for the right to see every session. */
import { useState } from 'preact/hooks';
import type { PanelActions } from './panel-actions.ts';

type Phase = { name: 'asking' } | { name: 'typing'; fault?: string } | { name: 'failed'; fault: string };

export function Pairing({ actions, onDone }: { actions: PanelActions; onDone: () => void }) {
  const { beginPairing, completePairing } = actions;
  const [phase, setPhase] = useState<Phase>({ name: 'asking' });
  const [code, setCode] = useState('');
  if (beginPairing === undefined || completePairing === undefined) return null;

  const begin = async () => {
    try {
      await beginPairing();
      setPhase({ name: 'typing' });
    } catch (error) {
      setPhase({ name: 'failed', fault: messageOf(error) });
    }
  };
  const complete = async () => {
    try {
      await completePairing(code);
      onDone();
    } catch (error) {
      setCode('');
      setPhase({ name: 'typing', fault: messageOf(error) });
    }
  };

  return (
    <section class="alone" aria-label="Pairing">
      <div class="section">
        <h2 class="lead">Pair this panel with the dev server</h2>
        <p>
          Now you see the session of this browser's cookie, and the requests whose responses DevTools received, with
          secrets held back.
        </p>
        <p>Paired, you see every session of this app, and what runs in the background. Pairing lasts over restarts.</p>
        {phase.name === 'typing' ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void complete();
            }}
          >
            <p>
              <label for="pairing-code">
                A code of 8 characters stands in the terminal of the dev server, for 2 minutes:
              </label>
            </p>
            <input
              id="pairing-code"
              class="code-in"
              autocomplete="off"
              spellcheck={false}
              maxLength={9}
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
            {phase.fault && (
              <p class="remove" role="alert">
                {phase.fault}
              </p>
            )}
            <div class="acts">
              <button type="submit" class="button main" disabled={code.trim().length < 8}>
                Pair
              </button>
              <button type="button" class="button" onClick={() => void begin()}>
                Print a new code
              </button>
              <button type="button" class="button" onClick={onDone}>
                Cancel
              </button>
            </div>
          </form>
        ) : (
          <>
            {phase.name === 'failed' && (
              <p class="remove" role="alert">
                {phase.fault}
              </p>
            )}
            <div class="acts">
              <button type="button" class="button main" onClick={() => void begin()}>
                Print a code in the terminal
              </button>
              <button type="button" class="button" onClick={onDone}>
                Cancel
              </button>
            </div>
          </>
        )}
      </div>
    </section>
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
