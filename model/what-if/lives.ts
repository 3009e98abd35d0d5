/** What would have become of each session so far, beside what did. */
import type { Input } from './rows.ts';

/** Epoch ms; `null`: none by itself; `undefined`: not known. */
export type End = number | null | undefined;

export interface Ends {
  record: End;
  cookie: End;
}

export interface Life {
  /**
   * `same`: its cookie and its record are there as in the recording, with the same content. `unborn`: it has no record
   * or the browser no cookie for it, and nothing is in it. `changed`: it is there, and what is in it is not known.
   * `astray`: whether it is there is not known.
   */
  status: 'same' | 'unborn' | 'changed' | 'astray';
  /** Of the last two: why, in words. */
  why: string;
  /** Its end follows the settings, as those of sessions that begin in the recording do. */
  followsSettings: boolean;
  was: Ends;
  is: Ends;
  /** What would have been there until then at least, where the end is not known. */
  least: Ends;
  /** The key that the browser sent before this session was made: an unborn one's browser has that still. */
  instead: string | undefined;
  /** Its record was there when it was heard of last. */
  isSeen: boolean;
}

/** Stores and cookies count whole seconds, and a browser's clock is another one than the server's. */
export const MARGIN_MS = 1_000;

/** Whether something is there at a moment; `undefined`: not known, or too close to say. */
export function isThere(end: End, at: number): boolean | undefined {
  if (end === undefined) return undefined;
  if (end === null || end > at + MARGIN_MS) return true;
  return end < at - MARGIN_MS ? false : undefined;
}

export const isSameEnd = (a: End, b: End): boolean =>
  a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= MARGIN_MS);

const isThereStill = ({ is, least }: Life, what: keyof Ends, at: number): boolean | undefined =>
  isThere(is[what], at) ?? (isThere(least[what], at) === true ? true : undefined);

/** What a request brings, and why that is another thing than in the recording. */
export interface Brought {
  inputs: readonly Input[];
  why?: string;
}

export const AS_RECORDED: Input = { sends: 'as-recorded', isSameContent: true };
const CHANGED: Input = { sends: 'as-recorded', isSameContent: false };
/** Nothing is known of the session, nor whether it is there. */
export const ASTRAY: readonly Input[] = [
  CHANGED,
  { sends: 'found', isSameContent: false },
  { sends: 'missing', isSameContent: false },
  { sends: 'none', isSameContent: false },
];

/** What a request with this session's cookie would have brought. */
export function broughtBy(life: Life, at: number, wasFound: boolean): Brought {
  if (life.status === 'astray') return { inputs: ASTRAY, why: life.why };
  const here: Brought = life.status === 'changed' ? { inputs: [CHANGED], why: life.why } : { inputs: [AS_RECORDED] };
  if (life.status === 'unborn')
    return {
      inputs: [{ sends: life.instead === undefined ? 'none' : 'missing', isSameContent: true }],
      why: 'The session that its cookie names would not have been begun yet.',
    };
  if (!isSameEnd(life.is.cookie, life.was.cookie)) {
    const isKept = isThereStill(life, 'cookie', at);
    if (isKept === false)
      return {
        inputs: [{ sends: 'none', isSameContent: !wasFound }],
        why: 'The cookie would have ended before: the browser sends none.',
      };
    if (isKept === undefined)
      return { inputs: ASTRAY, why: 'Whether the cookie would have ended before is not known, or too close to say.' };
  }
  if (isSameEnd(life.is.record, life.was.record)) return here;
  const isKept = isThereStill(life, 'record', at);
  if (isKept === undefined)
    return { inputs: ASTRAY, why: 'Whether the record would have ended before is not known, or too close to say.' };
  if (isKept && !wasFound && isThere(life.was.record, at) !== true)
    return { inputs: ASTRAY, why: 'Its record had ended by then, and would still have been there.' };
  if (!isKept && wasFound)
    return { inputs: [{ sends: 'missing', isSameContent: false }], why: 'Its record would have ended before.' };
  return here;
}
