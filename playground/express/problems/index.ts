import { cookieNotSet } from './cookie-not-set.ts';
import { expiryConfusion } from './expiry-confusion.ts';
import { logoutUndone } from './logout-undone.ts';
import { lostUpdate } from './lost-update.ts';
import { nestedNotSaved } from './nested-not-saved.ts';
import type { Problem } from './problem.ts';
import { redirectBeforeSave } from './redirect-before-save.ts';

export const PROBLEMS: readonly Problem[] = [
  lostUpdate,
  cookieNotSet,
  redirectBeforeSave,
  nestedNotSaved,
  logoutUndone,
  expiryConfusion,
];
