import { cookieNotSet } from '../../scenarios/cookie-not-set.ts';
import { lostUpdate } from '../../scenarios/lost-update.ts';
import { nestedNotSaved } from '../../scenarios/nested-not-saved.ts';
import { serverError } from '../../scenarios/server-error.ts';
import { sessionInterrupted } from '../../scenarios/session-interrupted.ts';
import { streaming } from '../../scenarios/streaming.ts';
import { unfitValue } from '../../scenarios/unfit-value.ts';
import { html } from '../../html.ts';
import type { Topic } from '../topic.ts';
import { expiryConfusion } from './expiry-confusion.ts';
import { staged } from './staged.ts';

/** Another host's: no browser takes a cookie for it from this one. */
export const FOREIGN_DOMAIN = 'shop.example';

/** Its sessions are set up with that domain, and mounted at its path alone. */
export const MISPLACED = staged(cookieNotSet, {
  look: html`<i>Record</i> saved, again and again. <i>Exchange</i> says why the browser refuses the cookie: its domain
    is another host's.`,
});

/** One of the beliefs of newcomers too. */
export const NESTED = staged(nestedNotSaved, { belief: 'What I change in the session is saved.' });

/** A page for each bug that the panel exists for, in the order of the list. */
export const PROBLEMS: readonly Topic[] = [
  staged(lostUpdate),
  MISPLACED,
  NESTED,
  staged(sessionInterrupted),
  expiryConfusion,
  staged(serverError),
  staged(streaming),
  staged(unfitValue),
];
