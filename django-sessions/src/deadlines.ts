/** Deadlines of many short waits on one timer: most of them are over before it fires once. */

/** How late a deadline may be noticed, in ms. */
const TICK_MS = 50;

export class Deadline {
  readonly at: number;
  /** Called once, where the deadline passes before `end`. */
  passed: () => void = () => {};
  constructor(at: number) {
    this.at = at;
  }

  end(): void {
    waiting.delete(this);
  }
}

const waiting = new Set<Deadline>();
let timer: NodeJS.Timeout | undefined;

/** Starts a wait of `ms`; its `end` must be called. */
export function startDeadline(ms: number): Deadline {
  const deadline = new Deadline(performance.now() + ms);
  waiting.add(deadline);
  timer ??= setInterval(tick, TICK_MS);
  return deadline;
}

function tick(): void {
  const now = performance.now();
  for (const deadline of waiting)
    if (deadline.at <= now) {
      waiting.delete(deadline);
      deadline.passed();
    }
  // Not at once: with the next request it would be made again. A process that is done waits for it once.
  if (waiting.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
