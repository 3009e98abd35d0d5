/** Rows that verdict tables of several libraries share. */
import type { CookieRow } from './table.ts';

/** The last but one of a library that keeps its session in the cookie. */
export const NOTHING_TO_KEEP: CookieRow<{ readonly isNew: boolean }> = {
  reason: 'new-and-empty',
  outcome: 'none',
  when: ({ isNew }) => isNew,
  text: 'There is no session to keep, so there is no cookie.',
};

/** A cookie was due, for which rows of the record say why the response bears none. */
export const notSet = <Facts>(rows: readonly Omit<CookieRow<Facts>, 'outcome'>[]): CookieRow<Facts>[] =>
  rows.map((row) => ({ ...row, outcome: 'not-set', due: true }));
