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
    <div class="help" role="dialog" aria-label="Keys">
      <div class="section">
        <h3>
          Keys
          <button ref={close} type="button" class="button" title="Esc" onClick={onClose}>
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
          In the filter: words, <code>key:cart</code>, <code>path:/cart/</code>, <code>session:9d41</code>; a{' '}
          <code>-</code> before one hides what it finds.
        </p>
      </div>
    </div>
  );
}
