/** The panel's own context menu: browsers give panels none of their own, or one without our words. */
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface MenuItem {
  title: string;
  /** The key that does the same without the menu. */
  hint?: string;
  /** Of a choice: whether it is made. */
  isChecked?: boolean;
  act: () => void;
}

export interface MenuPlace {
  x: number;
  y: number;
  /** Where there is no room below `y`, the menu ends here instead: above what it is about. */
  above?: number;
}

/** Opens a menu at a place of the window, px. */
export type OpenMenu = (items: readonly MenuItem[], at: MenuPlace) => void;

interface MenuProps {
  items: readonly MenuItem[];
  at: MenuPlace;
  onClose: () => void;
}

/** Takes the focus while it is open, and gives it back when it closes. */
export function Menu({ items, at, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = menu.current!;
    const before = document.activeElement;
    // Whole on screen, wherever it was asked for.
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(0, Math.min(at.x, window.innerWidth - width - 4))}px`;
    const most = window.innerHeight - height - 4;
    const top = at.y > most && at.above !== undefined ? at.above - height : Math.min(at.y, most);
    element.style.top = `${Math.max(0, top)}px`;
    element.querySelector('button')?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [at]);

  const move = (by: number | 'first' | 'last') => {
    const buttons = [...menu.current!.querySelectorAll('button')];
    const here = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next =
      by === 'first' ? 0 : by === 'last' ? buttons.length - 1 : (here + by + buttons.length) % buttons.length;
    buttons[next]?.focus();
  };
  const KEYS: Record<string, () => void> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => move('first'),
    End: () => move('last'),
    Escape: onClose,
    Tab: onClose,
  };

  return (
    <>
      <div class="menu-ground" onPointerDown={onClose} onContextMenu={(event) => event.preventDefault()} />
      <div
        class="menu"
        ref={menu}
        role="menu"
        aria-label="What to do here"
        onKeyDown={(event) => {
          event.stopPropagation();
          const act = KEYS[event.key];
          if (act === undefined) return;
          event.preventDefault();
          act();
        }}
      >
        {items.map(({ title, hint, isChecked, act }) => (
          <button
            key={title}
            type="button"
            role={isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={isChecked}
            tabIndex={-1}
            onClick={() => {
              // Closed first: what the act focuses keeps the focus.
              onClose();
              act();
            }}
          >
            <span class="check" aria-hidden="true">
              {isChecked ? '✓' : ''}
            </span>
            {title}
            {hint && <kbd>{hint}</kbd>}
          </button>
        ))}
      </div>
    </>
  );
}
