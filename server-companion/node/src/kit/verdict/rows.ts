/** Rows that verdict tables of several libraries share. */
import { always, type CookieRow } from './table.ts';

/** The client went away, and what the app or the store still does decides. */
export const responsePending = (text: string) =>
  ({
    reason: 'response-pending',
    outcome: 'pending',
    when: ({ isUndecided }: { readonly isUndecided: boolean }) => isUndecided,
    text,
  }) as const;

/** What was to be saved goes in a cookie, and the head in which it goes was never sent. */
export const ABORTED_COOKIE = {
  reason: 'aborted',
  text: 'The connection closed before the response headers were sent, and the session is a cookie in them.',
  fix: 'What the session held in memory is lost with this request.',
} as const;

/** The library refused to save. */
export const notSerializable = (text: string) =>
  ({
    reason: 'not-serializable',
    when: ({ failure }: { readonly failure: string | undefined }) => failure === 'not-serializable',
    text,
    fix: 'Keep to values that JSON can hold: a date as date.toISOString(), a bigint as text.',
  }) as const;

/** Nothing was to be saved. */
export const READ_ONLY = {
  reason: 'unmodified',
  outcome: 'unchanged',
  when: always,
  text: 'The session was read and not changed.',
} as const;

/** Of the cookie. */
export const CLEARED = {
  reason: 'cleared',
  outcome: 'expired',
  text: 'The response tells the browser to drop the cookie.',
} as const;

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
