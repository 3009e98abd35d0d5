import { formatTime } from '../../model/index.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .map((count) => count * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((count) => count * MINUTE))
  .concat([1, 2, 6, 12, 24].map((count) => count * HOUR));

/** More than this overlap in the narrowest panel. */
const MAX_TICKS = 5;

/** Nearer to the end than this share of the line, a label would be cut off. */
const LAST_SHARE = 0.9;

export interface Tick {
  /** Epoch ms. */
  at: number;
  /** `14:02:00` the first, then `:10`; minutes, where they are what counts. */
  label: string;
}

/** Whole seconds, minutes or hours, at most five of them. */
export function ticksOf(startAt: number, spanMs: number): Tick[] {
  if (startAt === 0) return [];
  const step = STEPS_MS.find((ms) => spanMs / ms <= MAX_TICKS) ?? Math.ceil(spanMs / MAX_TICKS / HOUR) * HOUR;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(startAt / step) * step; at < startAt + spanMs * LAST_SHARE; at += step) {
    const [hours, minutes, seconds] = formatTime(at).slice(0, 8).split(':');
    const isFirst = ticks.length === 0;
    const whole = step < MINUTE ? `${hours}:${minutes}:${seconds}` : `${hours}:${minutes}`;
    ticks.push({ at, label: isFirst || step >= HOUR ? whole : `:${step < MINUTE ? seconds : minutes}` });
  }
  return ticks;
}
