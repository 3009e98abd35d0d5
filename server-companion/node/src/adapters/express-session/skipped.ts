/** express-session let the request pass without a session: rows that record and cookie share. */
import type { VerdictRow } from '../../kit/verdict/table.ts';
import type { Facts } from './facts.ts';

export const SKIPPED = [
  {
    reason: 'failed',
    outcome: 'none',
    when: ({ skippedBecause }) => skippedBecause === 'failed',
    text: 'express-session answered with an error before there was a session.',
    fix: 'See the error that the app shows; a missing secret and a store that fails are the usual causes.',
  },
  {
    reason: 'store-disconnected',
    outcome: 'none',
    when: ({ skippedBecause }) => skippedBecause === 'store-disconnected',
    text: 'The store has said that it is disconnected, so express-session let the request pass without a session.',
    fix: 'Bring the store back, and handle requests without req.session meanwhile.',
  },
  {
    reason: 'path-mismatch',
    outcome: 'none',
    when: ({ skippedBecause }) => skippedBecause === 'path-mismatch',
    text: "The request's path does not begin with the cookie's path, so express-session let it pass without a session.",
    fix: 'Mount the middleware where the cookie path says, or widen cookie.path.',
  },
] as const satisfies readonly VerdictRow<Facts, 'none'>[];
