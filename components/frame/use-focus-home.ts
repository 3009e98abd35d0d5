/** The focus is never nowhere: keys work from the first moment, and after what had it is gone. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const HOME = '.timeline, .empty';

export const focusHome = (root: HTMLElement | null): void =>
  root?.querySelector<HTMLElement>(HOME)?.focus({ preventScroll: true });

/**
 * Gives the focus to the list whenever nothing in the panel has it: on opening, after *Clear*, after a button that was removed
 * away. What stands beside the panel keeps it: DevTools' search field, its console, its bars.
 */
export function useFocusHome(root: RefObject<HTMLElement | null>): void {
  /** The focus went to something beside the panel. Not `hasFocus`: Firefox says no where a toolbox has just opened. */
  const isLeft = useRef(false);
  const rescue = () => {
    const { activeElement } = document;
    if (!isLeft.current && (activeElement === null || activeElement === document.body)) focusHome(root.current);
  };
  // After each drawing: what had the focus may have gone with it.
  useEffect(rescue);
  useEffect(() => {
    const later = () => requestAnimationFrame(rescue);
    const leave = () => {
      isLeft.current = true;
    };
    const come = () => {
      isLeft.current = false;
      later();
    };
    document.addEventListener('focusout', later);
    window.addEventListener('blur', leave);
    window.addEventListener('focus', come);
    return () => {
      document.removeEventListener('focusout', later);
      window.removeEventListener('blur', leave);
      window.removeEventListener('focus', come);
    };
  }, []);
}
