import type { Topic } from '../topic.ts';
import { cookieNotSet } from './cookie-not-set.ts';
import { expiryConfusion } from './expiry-confusion.ts';
import { logoutUndone } from './logout-undone.ts';
import { lostUpdate } from './lost-update.ts';
import { nestedNotSaved } from './nested-not-saved.ts';
import { serverError } from './server-error.ts';
import { streaming } from './streaming.ts';
import { unfitValue } from './unfit-value.ts';

/** A page for each bug that the panel exists for, in the order of the list; `cookieNotSet` has sessions of its own. */
export const PROBLEMS: readonly Topic[] = [
  lostUpdate,
  cookieNotSet,
  nestedNotSaved,
  logoutUndone,
  expiryConfusion,
  serverError,
  streaming,
  unfitValue,
];
