/** Why the session was saved or not and the cookie set or not. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { judgeBy, type VerdictTables } from '../../kit/verdict/table.ts';
import { COOKIE } from './cookie-verdicts.ts';
import type { Facts } from './facts.ts';
import { RECORD } from './record-verdicts.ts';

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
