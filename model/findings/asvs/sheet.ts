/**
 * The sheet: each requirement of ASVS 5.0.0 on sessions and their cookie, with what this recording says of it. Costs
 * something only when asked for: what single requests say is kept.
 */
import type { Finding } from '../engine.ts';
import { say } from '../sentence.ts';
import { type Answer, notTested, type Requirement, type Section, type Status } from './requirement.ts';
import { type Run, runOf, type RunSource } from './run.ts';
import { cookieSetup } from './sections/cookie-setup.ts';
import { federatedLogin, sessionAbuse, sessionDocumentation } from './sections/not-recorded.ts';
import { clientDataProtection, generalDataProtection, originSeparation } from './sections/other-chapters.ts';
import { sessionTermination } from './sections/session-termination.ts';
import { sessionTimeout } from './sections/session-timeout.ts';
import { sessionTokens } from './sections/session-tokens.ts';

/** In the order of the standard. */
export const SECTIONS: readonly Section[] = [
  cookieSetup,
  originSeparation,
  sessionDocumentation,
  sessionTokens,
  sessionTimeout,
  sessionTermination,
  sessionAbuse,
  federatedLogin,
  generalDataProtection,
  clientDataProtection,
];

export interface SheetRow {
  requirement: Requirement;
  answer: Answer;
  /** Of its rules, worst first. */
  findings: readonly Finding[];
}

export interface SheetSection {
  section: Section;
  rows: readonly SheetRow[];
}

export type SheetCounts = Record<Status, number> & { inPart: number };

export interface Sheet {
  sections: readonly SheetSection[];
  counts: SheetCounts;
  /** Requests that have begun and ended in the recording. */
  requests: number;
  /** Requests whose start was not recorded: they are in no answer. */
  partial: number;
  /** Events that the log no longer held: what happened in them is in no answer. */
  lost: number;
}

/** Never throws: a requirement whose check fails says so. */
export function sheetOf(source: RunSource): Sheet {
  const run = runOf(source);
  const sections = SECTIONS.map((section) => ({
    section,
    rows: section.requirements.map((requirement) => rowOf(requirement, run)),
  }));
  const { requests, partial, lost } = run;
  return { sections, counts: countsOf(sections.flatMap(({ rows }) => rows)), requests, partial, lost };
}

export function countsOf(rows: readonly SheetRow[]): SheetCounts {
  const counts: SheetCounts = { unmet: 0, met: 0, 'not-tested': 0, outside: 0, inPart: 0 };
  for (const { answer } of rows) {
    counts[answer.status] += 1;
    if (answer.isPart) counts.inPart += 1;
  }
  return counts;
}

function rowOf(requirement: Requirement, run: Run): SheetRow {
  const findings = run.findingsOf(...requirement.rules);
  return { requirement, findings, answer: answerOf(requirement, run, findings) };
}

function answerOf(requirement: Requirement, run: Run, findings: readonly Finding[]): Answer {
  try {
    const answer = requirement.decide(run, findings);
    const failed = requirement.rules.find((rule) => run.failed.has(rule));
    // What a rule did not find because it failed is not known to be absent.
    return answer.status === 'met' && failed !== undefined
      ? notTested(
          say`The rule ${{ code: failed }} failed: whether anything speaks against it is not known.`,
          answer.evidence,
        )
      : answer;
  } catch (error) {
    return notTested(
      say`The check of it failed: ${error instanceof Error ? error.message : String(error)}. The others are not affected.`,
    );
  }
}
