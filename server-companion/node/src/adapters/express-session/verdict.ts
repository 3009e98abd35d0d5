/** Why the session was saved or not and the cookie set or not. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { judgeBy, type VerdictTables } from '../../kit/verdict/table.ts';
import { COOKIE } from './cookie-verdicts.ts';
import { decisive, type Facts, type Judged } from './facts.ts';
import { RECORD } from './record-verdicts.ts';

export const VERDICTS: VerdictTables<Judged> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, { ...facts, write: decisive(facts.writes) });
