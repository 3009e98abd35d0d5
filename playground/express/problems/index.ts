import { cookieNotSet } from '../../scenarios/cookie-not-set.ts';
import { logoutUndone } from '../../scenarios/logout-undone.ts';
import { lostUpdate } from '../../scenarios/lost-update.ts';
import { redirectBeforeSave } from '../../scenarios/redirect-before-save.ts';
import { expiryConfusion } from './expiry-confusion.ts';
import { nestedNotSaved } from './nested-not-saved.ts';
import type { Problem } from './problem.ts';
import { staged } from './staged.ts';

export const PROBLEMS: readonly Problem[] = [
  staged(lostUpdate),
  staged(cookieNotSet, 'secure.sid'),
  staged(redirectBeforeSave, 'slow.sid'),
  nestedNotSaved,
  staged(logoutUndone),
  expiryConfusion,
];
