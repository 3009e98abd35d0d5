/** Pairing: a code from the server's terminal for the right to see every session. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PanelModel } from '../../model/index.ts';
import { Glyph } from '../parts/glyphs.tsx';
import { messageOf } from '../parts/message-of.ts';
import { visibleText } from '../parts/visible-text.ts';
import type { PanelActions } from '../frame/panel-actions.ts';

type Phase = { name: 'asking' } | { name: 'typing'; until: number; fault?: string } | { name: 'failed'; fault: string };

const CODE_LENGTH = 8;

interface PairingProps {
  model: PanelModel;
  actions: PanelActions;
  /** Of the server to pair with; default: the page's own. */
  epoch: string | undefined;
  onDone: () => void;
}

export function Pairing({ model, actions: { beginPairing, completePairing }, epoch, onDone }: PairingProps) {
  const [phase, setPhase] = useState<Phase>({ name: 'asking' });
  const [code, setCode] = useState('');
  if (beginPairing === undefined || completePairing === undefined) return null;
  const { companion, companions = [] } = model.connection.value;
  const server = epoch === undefined ? companion : companions.find(({ epochs }) => epochs.includes(epoch));

  const begin = async () => {
    try {
      const { expiresInMs } = await beginPairing(epoch);
      // A code that was printed for another window is good for less than a new one.
      setPhase({ name: 'typing', until: Date.now() + expiresInMs });
    } catch (error) {
      setPhase({ name: 'failed', fault: messageOf(error) });
    }
  };
  const complete = async (until: number) => {
    try {
      await completePairing(code, epoch);
      onDone();
    } catch (error) {
      setCode('');
      setPhase({ name: 'typing', until, fault: messageOf(error) });
    }
  };

  return (
    <section class="alone pairing" aria-label="Pairing">
      <div class="section">
        {phase.name === 'typing' ? (
          <>
            <h2 class="lead">Type the code that your server has just printed</h2>
            <CodeForm
              code={code}
              setCode={setCode}
              until={phase.until}
              fault={phase.fault}
              onSubmit={() => void complete(phase.until)}
              onNew={() => void begin()}
              onDone={onDone}
            />
          </>
        ) : (
          <>
            <h2 class="lead">Pair this panel with {visibleText(server?.project ?? 'the dev server')}</h2>
            <p>A code of {CODE_LENGTH} characters is printed in the terminal of the dev server, and typed in here.</p>
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
                Not now
              </button>
            </div>
          </>
        )}
      </div>
      <Rights />
      <p class="section quiet">
        Pairing is kept for this project in this browser, and outlives restarts of the server. Without it you still see
        what you see now.
      </p>
    </section>
  );
}

interface CodeFormProps {
  code: string;
  setCode: (code: string) => void;
  /** Epoch ms. */
  until: number;
  fault: string | undefined;
  onSubmit: () => void;
  onNew: () => void;
  onDone: () => void;
}

function CodeForm({ code, setCode, until, fault, onSubmit, onNew, onDone }: CodeFormProps) {
  const field = useRef<HTMLInputElement>(null);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    field.current?.focus();
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((until - now) / 1_000));
  const typed = code.replaceAll(/[\s-]/g, '').length;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <p>
        <label for="pairing-code">The code in the terminal of the dev server; it works once.</label>
      </p>
      <div class="acts code-line">
        <input
          id="pairing-code"
          ref={field}
          class="code-in"
          autocomplete="off"
          spellcheck={false}
          maxLength={CODE_LENGTH + 1}
          value={code}
          aria-describedby="pairing-left"
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <button type="submit" class="button main" disabled={code.trim().length < CODE_LENGTH}>
          Pair
        </button>
        <span id="pairing-left" class={left === 0 ? 'time' : 'quiet'}>
          {typed} of {CODE_LENGTH} ·{' '}
          {left === 0 ? 'it has run out' : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`}
        </span>
      </div>
      {fault && (
        <p class="remove" role="alert">
          {fault}
        </p>
      )}
      <div class="acts">
        <button type="button" class="button" onClick={onNew}>
          Print a new code
        </button>
        <button type="button" class="button" onClick={onDone}>
          Not now
        </button>
      </div>
    </form>
  );
}

const RIGHTS: readonly [what: string, now: string, paired: string][] = [
  ["Watch this browser's session", 'yes', 'yes'],
  ['See every session of the server', 'no', 'yes'],
  ['See what runs in the background', 'no', 'yes'],
  ['Reveal redacted values', 'no', 'one click each'],
];

function Rights() {
  const cell = (word: string) =>
    word === 'no' ? (
      <td class="quiet">no</td>
    ) : (
      <td>
        <Glyph name="yes" tone="store" /> {word}
      </td>
    );
  return (
    <table class="grid rights">
      <thead>
        <tr>
          <th scope="col">You can</th>
          <th scope="col">Now</th>
          <th scope="col">Paired</th>
        </tr>
      </thead>
      <tbody>
        {RIGHTS.map(([what, now, paired]) => (
          <tr key={what}>
            <td>{what}</td>
            {cell(now)}
            {cell(paired)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
