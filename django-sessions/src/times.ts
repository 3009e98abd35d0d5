/** Times as Django writes them, in UTC (`USE_TZ=True`) or in the wall clock of a zone (`USE_TZ=False`). */
import { SessionError } from './errors.ts';

/** The clock of a project: what Django's `timezone.now()` shows, in ms, as if the wall clock were UTC. */
export interface ProjectClock {
  /** `undefined`: aware times in UTC. */
  readonly timeZone: string | undefined;
  /** The wall clock at an instant, as ms of a UTC date that reads the same. */
  toWall(instantMs: number): number;
  /** The instant at which the wall clock shows this; the first, where it does twice. */
  toInstant(wallMs: number): number;
}

const DAY_MS = 86_400_000;

export function createClock(timeZone: string | undefined): ProjectClock {
  if (timeZone === undefined) return { timeZone, toWall: (ms) => ms, toInstant: (ms) => ms };
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const toWall = (instant: number) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const seconds = Date.UTC(
      parts['year']!,
      parts['month']! - 1,
      parts['day'],
      parts['hour'],
      parts['minute'],
      parts['second'],
    );
    return seconds + (((instant % 1000) + 1000) % 1000);
  };
  return {
    timeZone,
    toWall,
    toInstant(wall) {
      // A change of the clock lies on one side or the other: the offsets of a day before and a day after are all there are.
      const before = wall - (toWall(wall - DAY_MS) - (wall - DAY_MS));
      const after = wall - (toWall(wall + DAY_MS) - (wall + DAY_MS));
      const first = Math.min(before, after);
      if (toWall(first) === wall) return first;
      // A time that the clock leaves out is given by the offset before, as in Python.
      return toWall(after) === wall ? after : before;
    },
  };
}

const pad = (value: number, length = 2) => String(value).padStart(length, '0');

/** `2026-01-02 03:04:05.678000`, the fraction left out where it is 0: Python's `str(datetime)`. */
export function formatWall(wallMs: number, separator: ' ' | 'T' = ' '): string {
  const date = new Date(wallMs);
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  const fraction = date.getUTCMilliseconds();
  return `${day}${separator}${time}${fraction === 0 ? '' : `.${pad(fraction, 3)}000`}`;
}

/** Python's `isoformat()`: with `+00:00` where times are aware. */
export function formatIso(instantMs: number, clock: ProjectClock): string {
  return formatWall(clock.toWall(instantMs), 'T') + (clock.timeZone === undefined ? '+00:00' : '');
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d+)?)?)?)?$/;

/** Whether an ISO time says its zone. */
export const isAwareIso = (text: string): boolean => ISO.exec(text)?.[8] !== undefined;

/** An ISO time, aware or in the project's wall clock, as an instant in ms. Throws where it is no time. */
export function parseIso(text: string, clock: ProjectClock): number {
  const match = ISO.exec(text);
  if (match === null) throw new SessionError(`${JSON.stringify(text)} is not an ISO date and time.`);
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '0', offset] = match;
  const wall =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
    Number(`0.${fraction}`) * 1000;
  if (new Date(wall).getUTCDate() !== Number(day))
    throw new SessionError(`${JSON.stringify(text)} is not a valid date.`);
  if (offset === undefined) return clock.toInstant(wall);
  if (offset === 'Z') return wall;
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).replaceAll(':', '').match(/\d\d/g)!.map(Number);
  return wall - (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds) * 1000;
}
