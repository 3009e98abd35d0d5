/** Whether a finding about an oracle's program is so: judged by the program alone, by nothing that was recorded. */
import type { Evidence, Finding } from '../../model/index.ts';
import { type Act, engineOf, familyOf, type Program } from '../oracle/programs.ts';

/** What the program has a request do, and when: steps by their place in the program. */
export interface Plan {
  acts: { at: number; act: Act }[];
  begin: number;
  end: number;
  /** Its last step, acts after the response included. */
  last: number;
  status: number;
  isAborted: boolean;
}

export function planOf({ steps }: Program, request: number): Plan {
  const plan: Plan = { acts: [], begin: -1, end: -1, last: -1, status: 200, isAborted: false };
  steps.forEach((step, at) => {
    if (!('request' in step) || step.request !== request) return;
    plan.last = at;
    if (step.do === 'begin') plan.begin = at;
    if (step.do === 'act') plan.acts.push({ at, act: step.act });
    if (step.do === 'abort') plan.isAborted = true;
    if (step.do === 'end' && plan.end < 0) {
      plan.end = at;
      plan.status = step.status;
    }
  });
  return plan;
}

/** The same acts, one request after the other. */
export function inSequence(program: Program): Program {
  const requests = [...new Set(program.steps.flatMap((step) => ('request' in step ? [step.request] : [])))];
  return {
    ...program,
    steps: requests.flatMap((request) =>
      program.steps.filter((step) => 'request' in step && step.request === request && step.do !== 'abort'),
    ),
  };
}

export const requestNumber = (exchange: Evidence['exchange']): number =>
  Number(/^\/r\/(\d+)$/.exec(exchange.started?.path ?? '')?.[1] ?? 0);

export const writesKey = (act: Act, key: string): boolean =>
  ((act.act === 'set' || act.act === 'delete' || act.act === 'change in place') && act.key === key) ||
  (act.act === 'fill' && /^m\d+$/.test(key)) ||
  act.act === 'clear' ||
  act.act === 'new key' ||
  act.act === 'end session' ||
  (act.act === 'expire in' && key === '_session_expiry');

const overlap = (a: Plan, b: Plan) => a.begin < b.last && b.begin < a.last;
const hasAct = ({ acts }: Plan, ...names: Act['act'][]) => acts.some(({ act }) => names.includes(act.act));

/** JSON cannot say these, or says them otherwise. */
const CHANGED: ReadonlySet<string> = new Set([
  'map',
  'date',
  'NaN',
  '-0',
  'undefined',
  'unstorable',
  'integer keys',
  'tuple',
]);

export interface Reported {
  finding: Finding;
  evidence: readonly Evidence[];
  /** The key that it speaks of. */
  key: string;
}

/** By rule; a rule that is not here finds nothing that is so in any program. */
const SO: Readonly<
  Record<string, (program: Program, plan: Plan, others: readonly Plan[], reported: Reported) => boolean>
> = {
  'lost-update': (_, own, others, { key }) =>
    others.some((other) => overlap(own, other) && other.acts.some(({ act }) => writesKey(act, key))),
  'sealed-fork': (program, own, others) =>
    engineOf(program.library) === 'signed_cookies' && others.some((other) => overlap(own, other)),
  'logout-undone': (_, own, others) =>
    others.some((other) => overlap(own, other) && hasAct(other, 'end session', 'new key')),
  'sealed-logout-undone': (program, own, others) =>
    engineOf(program.library) === 'signed_cookies' &&
    others.some((other) => overlap(own, other) && hasAct(other, 'end session', 'new key')),
  'session-interrupted': (_, own, others) =>
    others.some((other) => overlap(own, other) && hasAct(other, 'end session', 'new key')),
  'rotation-race': (_, own, others) => others.some((other) => overlap(own, other) && hasAct(other, 'new key')),
  'nested-change-not-saved': (program, own, _, { key }) =>
    familyOf(program.library) !== 'express' &&
    own.acts.some(({ act }) => act.act === 'change in place' && act.key === key),
  'change-after-response': (_, own, __, { key }) => own.acts.some(({ at, act }) => at > own.end && writesKey(act, key)),
  'cookie-not-set': (_, own) => own.acts.some(({ at }) => at > own.end),
  'not-saved-with-error': (program, own) => own.status === 500 && familyOf(program.library) !== 'express',
  'not-serializable': (program) =>
    program.steps.some((step) => step.do === 'act' && step.act.act === 'set' && step.act.value.is === 'unstorable'),
  'store-changes-value': (_, own, __, { key }) =>
    own.acts.some(({ act }) => act.act === 'set' && act.key === key && CHANGED.has(act.value.is)),
  'secret-in-session': (_, own, __, { key }) => own.acts.some(({ act }) => act.act === 'set' && act.key === key),
  // Its second browser blocks cookies.
  'cookie-refused': ({ refusesCookies }) => refusesCookies === true,
  'cookie-not-returned': ({ refusesCookies }) => refusesCookies === true,
  'cookie-too-large': ({ library }) => engineOf(library) === 'signed_cookies',
  'restart-lost-sessions': (program) =>
    program.library === 'express-memory' && program.steps.some((step) => step.do === 'restart'),
  'workers-without-shared-store': ({ library, servers }) => library === 'express-memory' && servers > 1,
  'port-shares-cookie': ({ library, servers }) => library === 'express-memory' && servers > 1,
};

/** `undefined`: it is so, or it is a note. Else why not, in words. */
export function whyNotSo(program: Program, reported: Reported): string | undefined {
  const { finding, evidence } = reported;
  if (finding.severity === 'note') return undefined;
  const own = requestNumber(finding.seen[0]!.exchange);
  const others = [...new Set(evidence.map(({ exchange }) => requestNumber(exchange)))].filter(
    (number) => number !== own,
  );
  const judge = SO[finding.rule.id];
  if (judge === undefined) return 'no program does that';
  const plan = planOf(program, own);
  return judge(
    program,
    plan,
    others.map((number) => planOf(program, number)),
    reported,
  )
    ? undefined
    : 'the program does not do that';
}
