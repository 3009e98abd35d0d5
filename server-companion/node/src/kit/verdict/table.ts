/** Verdicts as tables: the first row whose condition holds decides, so that every reason can be listed and tested. */
import { LIMITS, type Verdict } from '../../../../../protocol/index.ts';

/** Words, or a function of the facts that gives them; `undefined`: nothing is said. */
export type Say<Facts> = string | ((facts: Facts) => string | undefined);

export type RecordOutcome = Verdict['record']['outcome'];
export type CookieOutcome = Verdict['cookie']['outcome'];

export interface VerdictRow<Facts, Outcome extends string> {
  /** Kebab code: names the row on the wire, in the docs of its library and in tests. */
  readonly reason: string;
  readonly outcome: Outcome | ((facts: Facts) => Outcome);
  readonly when: (facts: Facts) => boolean;
  /** The reason in whole sentences. */
  readonly text: Say<Facts>;
  /** The setting that decided, as written in code. */
  readonly setting?: Say<Facts>;
  /** What to do, where there is something to do. */
  readonly fix?: Say<Facts>;
  /** Of a cookie: one was due, and the next request can't carry this session without it. */
  readonly due?: true | ((facts: Facts) => boolean);
}

export type RecordRow<Facts> = VerdictRow<Facts, RecordOutcome>;
export type CookieRow<Facts> = VerdictRow<Facts, CookieOutcome>;

/** Why the record is what it is after an exchange, and why the cookie was set or not. The last row of each always holds. */
export interface VerdictTables<Facts> {
  readonly record: readonly RecordRow<Facts>[];
  readonly cookie: readonly CookieRow<Facts>[];
}

/** The condition of a last row. */
export const always = (): boolean => true;

const said = <Facts>(words: Say<Facts> | undefined, facts: Facts): string | undefined =>
  (typeof words === 'function' ? words(facts) : words)?.slice(0, LIMITS.sentenceLength);

/** The row that decides. */
export function decisiveRow<Facts, Outcome extends string>(
  rows: readonly VerdictRow<Facts, Outcome>[],
  facts: Facts,
): VerdictRow<Facts, Outcome> {
  for (const row of rows) if (row.when(facts)) return row;
  throw new Error('The last row of a verdict table must always hold.');
}

interface Decided<Outcome> {
  outcome: Outcome;
  reason: string;
  text: string;
  setting?: string;
  fix?: string;
  due?: true;
}

function decide<Facts, Outcome extends string>(
  rows: readonly VerdictRow<Facts, Outcome>[],
  facts: Facts,
): Decided<Outcome> {
  const row = decisiveRow(rows, facts);
  const { outcome, due } = row;
  const setting = said(row.setting, facts);
  const fix = said(row.fix, facts);
  const decided: Decided<Outcome> = {
    outcome: typeof outcome === 'function' ? outcome(facts) : outcome,
    reason: row.reason,
    text: said(row.text, facts) ?? '',
  };
  if (setting !== undefined) decided.setting = setting;
  if (fix !== undefined) decided.fix = fix;
  if (due === true || (typeof due === 'function' && due(facts))) decided.due = true;
  return decided;
}

/** The verdict by a library's tables. `setCookie`: what the response's Set-Cookie said, where it set one. */
export function judgeBy<Facts extends { readonly setCookie: Verdict['cookie']['attributes'] }>(
  { record, cookie }: VerdictTables<Facts>,
  facts: Facts,
): Verdict {
  const { setCookie } = facts;
  const decided: Verdict['cookie'] = decide(cookie, facts);
  if (setCookie !== undefined) decided.attributes = setCookie;
  return { record: decide(record, facts), cookie: decided };
}
