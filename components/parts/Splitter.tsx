/** The line between two panes: dragged, or moved by arrows; a double click and Home give the size back that it had. */
import { type RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Arrangement, PANE_LIMITS } from '../../model/index.ts';
import { useBench } from '../frame/panel-context.ts';

/** As `panel.css` stacks the panes. */
const STACKED = '(width < 840px)';
/** Percent of the panel. */
const KEY_STEP = 2;

export function Splitter({ panes }: { panes: RefObject<HTMLElement | null> }) {
  const bench = useBench();
  const arrangement: Arrangement = useMedia(STACKED) ? 'stacked' : 'beside';
  const isStacked = arrangement === 'stacked';
  const share = bench.shares.value[arrangement];
  const reset = () => bench.setShare(arrangement, bench.defaultShare(arrangement));
  const KEYS: Record<string, () => void> = {
    [isStacked ? 'ArrowUp' : 'ArrowLeft']: () => bench.setShare(arrangement, share - KEY_STEP),
    [isStacked ? 'ArrowDown' : 'ArrowRight']: () => bench.setShare(arrangement, share + KEY_STEP),
    Home: reset,
  };
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-label="Size of the panes"
      aria-orientation={isStacked ? 'horizontal' : 'vertical'}
      aria-valuemin={PANE_LIMITS.min}
      aria-valuemax={PANE_LIMITS.max}
      aria-valuenow={share}
      title="Drag, or use the arrow keys. Double-click to reset"
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const box = panes.current!.getBoundingClientRect();
        const part = isStacked ? (event.clientY - box.top) / box.height : (event.clientX - box.left) / box.width;
        bench.setShare(arrangement, part * 100);
      }}
      onDblClick={reset}
      onKeyDown={(event) => {
        const act = KEYS[event.key];
        if (act === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        act();
      }}
    />
  );
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setMatches(list.matches);
    update();
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}
