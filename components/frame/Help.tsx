import { useLayoutEffect, useRef } from 'preact/hooks';
import { KEYS } from './keyboard.ts';

const KEY_NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  ' ': 'Space',
  Escape: 'Esc',
  ContextMenu: 'Menu',
};

/** Every key of the panel, from the table that they work by. */
export function Help({ onClose }: { onClose: () => void }) {
  const close = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    close.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <div class="help" role="dialog" aria-label="Keyboard shortcuts">
      <div class="section">
        <h3>
          Keyboard shortcuts
          <button ref={close} type="button" class="button" title="Close (Esc)" onClick={onClose}>
            Close
          </button>
        </h3>
        <dl class="pairs">
          {KEYS.map(({ keys, does }) => (
            <div key={does} class="pair">
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <p class="quiet">
          In the filter: words over request and operation, <code>key:cart</code>, <code>status:4xx</code>,{' '}
          <code>is:inferred</code> …; a <code>-</code> before one hides what it finds. Shift-click compares two rows;
          Shift-drag on the line above enlarges a stretch.
        </p>
      </div>
    </div>
  );
}
