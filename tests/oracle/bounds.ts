/** How much of each kind may be *not known*: a panel that claims nothing is never wrong. Shares of a whole run. */
import { type Family, familyOf, type Library } from './programs.ts';
import type { ClaimKind, Tally } from './tally.ts';

/**
 * So that they are never reached by chance: the largest shares of 5,000 runs of 50 programs, drawn with returns from 40
 * to 50 programs of each library (`npm run oracle -- --programs=50 --bounds=50`), and about a quarter of that added. What
 * is in them by nature: cut and redacted values are not compared; what was loaded from before the recording was written
 * by nobody in it; a clock is known where a rule or the browser's own word is, and most responses set no cookie.
 */
const MOST_UNKNOWN: Record<Family, Record<ClaimKind, number>> = {
  express: {
    request: 0,
    session: 0.17,
    memory: 0.26,
    store: 0.25,
    saved: 0.13,
    'last written': 0.12,
    history: 0.01,
    diff: 0.09,
    'record outcome': 0.01,
    'cookie outcome': 0.09,
    size: 0.14,
    clock: 0.48,
    'at once': 0.09,
    server: 0,
    'deleted by': 0.6,
    sentence: 0.06,
    'cookie step': 0.31,
    jar: 0.45,
    'session end': 0.39,
    lineage: 0.2,
  },
  'django-sessions': {
    request: 0,
    session: 0.06,
    memory: 0.33,
    store: 0.3,
    saved: 0.3,
    'last written': 0.23,
    history: 0.04,
    diff: 0.43,
    'record outcome': 0.02,
    'cookie outcome': 0.16,
    size: 0.18,
    clock: 0.5,
    'at once': 0.16,
    server: 0,
    'deleted by': 0.6,
    sentence: 0.06,
    'cookie step': 0.36,
    jar: 0.42,
    'session end': 0.45,
    lineage: 0.2,
  },
  django: {
    request: 0,
    session: 0.1,
    memory: 0.3,
    store: 0.3,
    saved: 0.4,
    'last written': 0.25,
    history: 0.04,
    diff: 0.52,
    'record outcome': 0.02,
    'cookie outcome': 0.07,
    size: 0.26,
    clock: 0.65,
    'at once': 0.07,
    server: 0,
    'deleted by': 0.6,
    sentence: 0.13,
    'cookie step': 0.26,
    jar: 0.42,
    'session end': 0.6,
    lineage: 0.2,
  },
};

/** Of fewer claims than this a share says nothing. */
export const FEWEST = 50;

/** Kinds that were claimed less than they must be, in words. */
export function tooMuchUnknown({ counts }: Tally, library: Library): string[] {
  const bounds = MOST_UNKNOWN[familyOf(library)];
  return [...counts].flatMap(([kind, { right, unknown, false: wrong }]) => {
    const all = right + unknown + wrong;
    return all < FEWEST || unknown / all <= bounds[kind]
      ? []
      : [`${kind}: ${unknown} of ${all} claims are not known, more than ${Math.round(bounds[kind] * 100)} %`];
  });
}
