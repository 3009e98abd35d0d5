/** Tables of what a library would do: the first row that holds decides, and the last always does. */
import type { COOKIE_OUTCOMES, RECORD_OUTCOMES } from '../../protocol/index.ts';
import type { Facts } from './facts.ts';
import type { SettingValues } from './settings.ts';

export type RecordOutcome = (typeof RECORD_OUTCOMES)[number];
export type CookieOutcome = (typeof COOKIE_OUTCOMES)[number];

/** What a library would have done, or why that is not known. */
export interface Guess<Outcome extends string> {
  outcome: Outcome | 'unknown';
  /** Kebab case, stable. */
  rule: string;
  /** Why, in whole sentences. */
  text: string;
  /** The setting that decides, by its name. */
  setting?: string;
}

/** What the request would have brought with it. */
export interface Input {
  /**
   * `found`: a cookie whose record is there. `missing`: one whose record is not. `none`: no cookie.
   * `as-recorded`: what it did bring.
   */
  sends: 'as-recorded' | 'found' | 'missing' | 'none';
  /** The session holds what it held in the recording. */
  isSameContent: boolean;
}

/** One request, under other settings. */
export interface Case {
  settings: SettingValues;
  facts: Facts;
  input: Input;
  /** The library takes the session for changed; `undefined`: not known. */
  isModified: boolean | undefined;
  /** The browser does not know the session's key. */
  isNewKey: boolean;
  /** The session names an end of its own; `undefined`: not known. */
  hasExpiry: boolean | undefined;
  /** What the store does where nothing is saved; `undefined`: not known. */
  touches: boolean | undefined;
  /** The record is there at the end of the request; `undefined`: not known. */
  isAlive: boolean | undefined;
  /** Another request deleted the record meanwhile. */
  isDeletedMeanwhile: boolean;
}

export interface Row<Outcome extends string> {
  rule: string;
  /** `recorded`: what the recording says. */
  outcome: Outcome | 'unknown' | 'recorded' | ((of: Case) => Outcome | 'unknown' | 'recorded');
  when: (of: Case) => boolean;
  text: string;
  setting?: string;
}

/** `recorded`: what did happen. */
export function decideBy<Outcome extends string>(
  rows: readonly Row<Outcome>[],
  of: Case,
  recorded: Outcome,
): Guess<Outcome> {
  const row = rows.find(({ when }) => when(of));
  if (row === undefined) throw new Error('The last row must always decide.');
  const outcome = typeof row.outcome === 'function' ? row.outcome(of) : row.outcome;
  return {
    outcome: outcome === 'recorded' ? recorded : outcome,
    rule: row.rule,
    text: row.text,
    ...(row.setting === undefined ? {} : { setting: row.setting }),
  };
}

export const always = (): boolean => true;
