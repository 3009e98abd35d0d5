/** The cases of every requirement that a recording may decide, by its number. */
import type { SectionCases } from './requirement.cases.ts';
import { cookieSetup } from './sections/cookie-setup.cases.ts';
import { clientDataProtection, originSeparation } from './sections/other-chapters.cases.ts';
import { sessionTermination } from './sections/session-termination.cases.ts';
import { sessionTimeout } from './sections/session-timeout.cases.ts';
import { sessionTokens } from './sections/session-tokens.cases.ts';

export const REQUIREMENT_CASES: SectionCases = {
  ...cookieSetup,
  ...originSeparation,
  ...sessionTokens,
  ...sessionTimeout,
  ...sessionTermination,
  ...clientDataProtection,
};
