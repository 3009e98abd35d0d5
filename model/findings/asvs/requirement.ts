/**
 * A requirement of OWASP's ASVS 5.0.0, in our words, and how a recording decides it: a pure function of recorded facts
 * and of what the rules found in them.
 */
import type { Finding } from '../engine.ts';
import type { Evidence } from '../rule.ts';
import { say, type Sentence } from '../sentence.ts';
import type { Run } from './run.ts';

/**
 * `unmet`: an event shows that it does not hold. `met`: what it asks for happened, and was seen to hold; never because
 * nothing was seen. `not-tested`: what would decide it did not happen. `outside`: no recording of sessions decides it.
 */
export const STATUSES = ['unmet', 'met', 'not-tested', 'outside'] as const;
export type Status = (typeof STATUSES)[number];

export interface Answer {
  status: Status;
  /** Met as far as a recording shows it: `limits` says what it does not show. */
  isPart?: boolean;
  /** What was seen; where nothing decides it, what would have to happen, or why it can't be decided here. */
  sentence: Sentence;
  /** The events that it rests on; empty where nothing was seen. */
  evidence: readonly Evidence[];
  limits?: Sentence;
}

export interface Requirement {
  /** As in the standard: `7.2.4`. */
  id: string;
  /** The level from which the standard asks for it. */
  level: 1 | 2 | 3;
  /** What it asks for, as a heading. */
  title: string;
  /** The same in whole sentences. */
  asks: string;
  /** Ids of the rules whose findings are about it. */
  rules: readonly string[];
  /** `findings`: of its rules, the worst first. */
  decide: (run: Run, findings: readonly Finding[]) => Answer;
}

/** Requirements under one heading of the standard. */
export interface Section {
  /** `3.3` */
  id: string;
  title: string;
  requirements: readonly Requirement[];
}

type Given = Pick<Answer, 'sentence' | 'evidence' | 'limits'>;

export const unmet = (of: Given): Answer => ({ status: 'unmet', ...of });
export const met = (of: Given): Answer => ({ status: 'met', ...of });
/** Met as far as it was seen. */
export const metInPart = (of: Given & { limits: Sentence }): Answer => ({ status: 'met', isPart: true, ...of });
export const notTested = (sentence: Sentence, evidence: readonly Evidence[] = []): Answer => ({
  status: 'not-tested',
  sentence,
  evidence,
});
export const outside = (sentence: Sentence, evidence: readonly Evidence[] = []): Answer => ({
  status: 'outside',
  sentence,
  evidence,
});

/** A requirement that no recording decides, and why. */
export const beyond = (of: Pick<Requirement, 'id' | 'level' | 'title' | 'asks'>, why: string): Requirement => ({
  ...of,
  rules: [],
  decide: () => outside(say`${why}`),
});

interface UnmetOptions {
  /** By the first piece of evidence, where a rule is about several requirements. Default: all count. */
  counts?: (first: Evidence) => boolean;
  /** Default: the finding's own, where they are not about its fix. */
  limits?: Sentence;
}

/** Rules whose findings name the limits of their fix, not of what was seen. */
const LIMITS_OF_FIX: ReadonlySet<string> = new Set(['logout-undone']);

/** Findings that are put into words to find one that counts. */
const MAX_EXPLAINED = 50;

/** Not met by the worst finding that counts, in its own words; `undefined`: none does. */
export function unmetBy(
  run: Run,
  findings: readonly Finding[],
  { counts = () => true, limits }: UnmetOptions = {},
): Answer | undefined {
  for (const finding of findings.slice(0, MAX_EXPLAINED)) {
    const explanation = run.explain(finding);
    const evidence = explanation?.evidence ?? [
      { exchange: finding.seen[0]!.exchange, text: say`${finding.rule.title}` },
    ];
    if (!counts(evidence[0]!)) continue;
    const own = limits ?? (LIMITS_OF_FIX.has(finding.rule.id) ? undefined : explanation?.limits);
    return unmet({
      sentence: explanation?.sentence ?? say`The rule ${finding.rule.id} found it, and failed to put it into words.`,
      evidence,
      ...(own === undefined ? {} : { limits: own }),
    });
  }
  return undefined;
}
