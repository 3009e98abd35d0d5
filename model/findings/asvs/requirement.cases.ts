/** Cases of requirements: recordings by how each decides it, with what the sheet says of it. */
import type { Stage } from '../rule.cases.ts';

/** By the case's name; each returns the sentence that the sheet must say, as text. */
type Cases = Record<string, (stage: Stage) => string>;

export interface RequirementCases {
  met?: Cases;
  metInPart?: Cases;
  unmet?: Cases;
  /** What is nearly enough to decide it. */
  notTested?: Cases;
  outside?: Cases;
}

/** By the requirement's number. */
export type SectionCases = Record<string, RequirementCases>;
