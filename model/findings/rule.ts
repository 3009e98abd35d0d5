/**
 * A rule of the findings: where it looks, what it finds, how it explains it. A rule speaks of recorded facts only: what is
 * assumed or not known decides nothing.
 */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import type { Sentence } from './sentence.ts';

/** `problem`: something is lost or open. `warning`: something will be. `note`: worth knowing. Worst first. */
export const SEVERITIES = ['problem', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** An exchange that is looked at, within its recording. */
export interface At {
  items: readonly TimelineItem[];
  /** Of the exchange, in `items`. */
  index: number;
  exchange: ExchangeRecord;
}

/** One of its operations. */
export interface AtOperation extends At {
  operation: OperationRecorded;
  /** Of the operation, in its exchange. */
  place: number;
}

/** What a rule found. Rules add what their explanation needs. */
export interface Match {
  /** Matches with one key are one finding: of a setting, its middleware; of an event, the event. */
  key: string;
  /** Default: the rule's. */
  severity?: Severity;
  /** Where the finding stands; default: the operation that was looked at, or the request. */
  operation?: OperationRecorded;
}

/** One event that a finding rests on, numbered in the panel in the order given. */
export interface Evidence {
  exchange: ExchangeRecord;
  /** Absent: the request itself. */
  operation?: OperationRecorded;
  text: Sentence;
  /** What made it a finding. */
  isDecisive?: boolean;
}

/** A line of code that is named above the evidence. */
export interface CodeLine {
  label: string;
  exchange: ExchangeRecord;
  operation: OperationRecorded;
  isDecisive?: boolean;
}

export interface Fix {
  text: Sentence;
  /** To copy: each line begins with `+ `, `- ` or two blanks. */
  code?: readonly string[];
}

/** What the store held of a key while two requests ran, for the picture of them. */
export interface StoreStretch {
  /** From this operation on; absent: before both. */
  from?: OperationRecorded;
  text: Sentence;
  isLost?: boolean;
}

export interface Explanation {
  /** Who did what to whom. */
  sentence: Sentence;
  lines?: readonly CodeLine[];
  /** Requests as bars, the store between them. */
  picture?: { title: Sentence; stretches: readonly StoreStretch[] };
  /** How it came to it. */
  because?: Sentence;
  evidence: readonly Evidence[];
  fix?: Fix;
  /** What the fix does not cure, or what was not seen. */
  limits?: Sentence;
}

export interface Reference {
  text: string;
  url: string;
}

interface Of<Found extends Match> {
  /** Kebab case, stable: it is silenced and documented by this name. */
  id: string;
  severity: Severity;
  title: string;
  /** Why it matters, for people who have not met it. */
  why: string;
  references: readonly Reference[];
  /** The verdict's own words on the cookie say all of it: where they stand, it is not said again beside them. */
  restates?: 'cookie';
  explain: (match: Found, at: At) => Explanation;
}

export interface OperationRule<Found extends Match> extends Of<Found> {
  /** Asked once for each operation, as it comes: what happened before it is known. */
  scope: 'operation';
  find: (at: AtOperation) => readonly Found[];
}

export interface ExchangeRule<Found extends Match> extends Of<Found> {
  /** Asked once a request has ended, and again as more of it becomes known. */
  scope: 'exchange';
  find: (at: At) => readonly Found[];
}

export type Rule = OperationRule<Match> | ExchangeRule<Match>;

/** A rule, whatever its matches hold: only it reads them. */
export function rule<Found extends Match>(of: OperationRule<Found> | ExchangeRule<Found>): Rule {
  return of as unknown as Rule;
}
