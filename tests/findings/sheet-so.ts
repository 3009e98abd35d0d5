/** Whether what the ASVS sheet calls met or unmet is so: judged by the oracle's program alone, by nothing that was recorded. */
import { type Answer, type PanelModel, sentenceText } from '../../model/index.ts';
import { type Act, engineOf, familyOf, type Program } from '../oracle/programs.ts';
import { type Plan, planOf, requestNumber } from './so.ts';

type Judge = (program: Program, plans: readonly Plan[]) => boolean;

const never: Judge = () => false;
const always: Judge = () => true;
const someWait: Judge = ({ steps }) => steps.some((step) => step.do === 'wait');

/** A request that puts a user into a session and changes its key; of what it drops after that nothing is left. */
const logsIn: Judge = ({ library }, plans) =>
  plans.some(({ acts }) => {
    const user = acts.findLast(({ act }) => act.act === 'set' && act.key === 'user');
    const drops = (act: Act) =>
      act.act === 'clear' ||
      act.act === 'end session' ||
      (act.act === 'delete' && act.key === 'user') ||
      (act.act === 'new key' && familyOf(library) === 'express');
    return (
      user !== undefined &&
      acts.some(({ act }) => act.act === 'new key' || act.act === 'end session') &&
      !acts.some(({ at, act }) => at > user.at && drops(act))
    );
  });
const ends = ({ acts }: Plan): boolean => acts.some(({ act }) => act.act === 'end session');

/** By requirement; what is not here is never so in any program. */
const SO: Readonly<Record<string, { met?: Judge; unmet?: Judge }>> = {
  // Plain http to this machine, and no cookie with the prefix: nothing but Secure cookies can be judged.
  '3.3.1': { unmet: ({ settings }) => Object.keys(settings).some((name) => /secure/i.test(name)) },
  '3.3.3': { unmet: ({ settings }) => Object.keys(settings).some((name) => /secure/i.test(name)) },
  '3.3.2': { met: always, unmet: always },
  '3.3.4': { met: always },
  '3.3.5': { met: always, unmet: ({ library }) => engineOf(library) === 'signed_cookies' },
  '3.5.3': { unmet: (_, plans) => plans.some(ends) },
  '7.2.1': { met: always },
  '7.2.2': { met: always },
  '7.2.4': { met: logsIn },
  '7.3.1': { met: someWait, unmet: always },
  '7.3.2': { met: someWait },
  '7.4.1': {
    met: (program, plans) => plans.some(ends) || someWait(program, plans),
    unmet: (_, plans) => plans.length > 0,
  },
  '14.3.2': {},
};

/** What the sheet says and is not so, in words; which requirements it decided, for the tally. */
export function judgeSheet(panel: PanelModel, program: Program): { faults: string[]; decided: string[] } {
  const faults: string[] = [];
  const decided: string[] = [];
  for (const { requirement, answer } of panel.sheet.value!.sections.flatMap(({ rows }) => rows)) {
    const says = sentenceText(answer.sentence);
    if (says.startsWith('The check of it failed')) faults.push(`${requirement.id}: ${says}`);
    if (answer.status !== 'met' && answer.status !== 'unmet') continue;
    decided.push(`${requirement.id} ${answer.status}`);
    const judge = SO[requirement.id]?.[answer.status] ?? never;
    if (!judge(program, plansOf(program, answer))) faults.push(`${requirement.id} ${answer.status}: ${says}`);
  }
  return { faults, decided };
}

const plansOf = (program: Program, { evidence }: Answer): Plan[] =>
  [...new Set(evidence.map(({ exchange }) => requestNumber(exchange)))].map((number) => planOf(program, number));
