/** In a panel that is not shown no frame comes: then it is this, ms. */
const HIDDEN_MS = 200;

/** Calls `act` once, when what is drawn by now has been painted; returns what calls it off. */
export function afterPaint(act: () => void): () => void {
  let timer = setTimeout(act, HIDDEN_MS);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    timer = setTimeout(act);
  });
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}
