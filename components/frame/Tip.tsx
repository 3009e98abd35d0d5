/** What a mouse reads in a tooltip, for the keyboard: of the control in focus, and with `i` of the selected row. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface OpenTip {
  /** Asked for with `i`, and closed by Esc before anything else is. */
  isAsked: boolean;
  lines: readonly { name: string; text: string }[];
  /** What it is about: it stands below that, as far as the panel has room there. */
  anchor: Element;
}

/** px between the tip and what it is about. */
const GAP = 4;

/** Everything that an element and its parts say in tooltips, each once. */
export function tipOf(element: Element): OpenTip | undefined {
  const titled = [element, ...element.querySelectorAll('[title]')].filter((part) => part.getAttribute('title'));
  const lines = new Map<string, string>();
  for (const part of titled) {
    const text = part.getAttribute('title')!;
    const own = part === element ? '' : (part.textContent ?? '').trim();
    if (text !== own && !lines.has(text)) lines.set(text, own);
  }
  if (lines.size === 0) return undefined;
  return { isAsked: true, lines: [...lines].map(([text, name]) => ({ text, name })), anchor: element };
}

export function Tip({ tip }: { tip: OpenTip | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (tip === undefined) return undefined;
    const { style } = box.current!;
    const place = () => {
      // A row that was scrolled away is not in the document.
      if (!tip.anchor.isConnected) return;
      const { left, bottom } = tip.anchor.getBoundingClientRect();
      // Its words decide how wide it is; at the edge they would wrap.
      style.left = '0';
      const room = window.innerWidth - box.current!.offsetWidth - GAP;
      style.left = `${Math.max(GAP, Math.min(left, room))}px`;
      style.top = `${bottom + GAP}px`;
    };
    place();
    // What came into focus is often brought into sight just then.
    document.addEventListener('scroll', place, true);
    return () => document.removeEventListener('scroll', place, true);
  }, [tip]);
  return (
    <div class="tip" ref={box} role="status" hidden={tip === undefined}>
      {tip?.lines.map(({ name, text }) => (
        <p key={text}>
          {name && <b>{name}</b>} {text}
        </p>
      ))}
    </div>
  );
}

/** The tip of the control that the keyboard came to; a mouse has the browser's own. */
export function useFocusTip(root: RefObject<HTMLElement | null>) {
  const [tip, setTip] = useState<OpenTip>();
  useEffect(() => {
    const panel = root.current!;
    const show = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement) || !target.matches('[title]:focus-visible')) return setTip(undefined);
      setTip({ isAsked: false, lines: [{ name: '', text: target.title }], anchor: target });
    };
    const hide = () => setTip(undefined);
    panel.addEventListener('focusin', show);
    panel.addEventListener('focusout', hide);
    panel.addEventListener('pointerdown', hide);
    return () => {
      panel.removeEventListener('focusin', show);
      panel.removeEventListener('focusout', hide);
      panel.removeEventListener('pointerdown', hide);
    };
  }, []);
  return [tip, setTip] as const;
}
