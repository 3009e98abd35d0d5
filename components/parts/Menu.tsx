/** The panel's own context menu: browsers give panels none of their own, or one without our words. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { cutMiddle, visibleText } from './visible-text.ts';

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

/** Letters typed within this time are one word. */
const TYPE_AHEAD_MS = 700;

/** Characters; a key of 500 would fill the menu. */
const MAX_TITLE = 60;

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

  const typed = useRef({ text: '', at: 0 });
  /** To the next item that begins with what was typed, as in every menu. */
  const typeAhead = (key: string, at: number) => {
    const { current } = typed;
    typed.current = { text: (at - current.at < TYPE_AHEAD_MS ? current.text : '') + key.toLowerCase(), at };
    const buttons = [...menu.current!.querySelectorAll('button')];
    const here = buttons.indexOf(document.activeElement as HTMLButtonElement);
    // The same letter again goes on to the next; a longer word may stay.
    const from = typed.current.text.length === 1 ? here + 1 : here;
    const ordered = [...buttons.slice(from), ...buttons.slice(0, from)];
    const titleOf = (button: Element) => (button.querySelector('.title')?.textContent ?? '').toLowerCase();
    ordered.find((button) => titleOf(button).startsWith(typed.current.text))?.focus();
  };

  return (
    <>
      <div class="menu-ground" onPointerDown={onClose} onContextMenu={(event) => event.preventDefault()} />
      <div
        class="menu"
        ref={menu}
        role="menu"
        aria-label="More actions"
        onKeyDown={(event) => {
          event.stopPropagation();
          const act = KEYS[event.key];
          if (act !== undefined) act();
          else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey)
            typeAhead(event.key, event.timeStamp);
          else return;
          event.preventDefault();
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
            <bdi class="title">{cutMiddle(visibleText(title), MAX_TITLE)}</bdi>
            {hint && <kbd>{hint}</kbd>}
          </button>
        ))}
      </div>
    </>
  );
}
