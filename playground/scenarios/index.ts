/** Every bug that is written once. */
import { anotherTypeNextTime } from './another-type-next-time.ts';
import { cookieNotSet } from './cookie-not-set.ts';
import { cookieTooLarge } from './cookie-too-large.ts';
import { dataLostAtLogin } from './data-lost-at-login.ts';
import { emptySessionsSaved } from './empty-sessions-saved.ts';
import { keyKeptAtLogin } from './key-kept-at-login.ts';
import { logoutUndone } from './logout-undone.ts';
import { lostUpdate } from './lost-update.ts';
import { nestedNotSaved } from './nested-not-saved.ts';
import { redirectBeforeSave } from './redirect-before-save.ts';
import type { Scenario } from './scenario.ts';
import { serverError } from './server-error.ts';
import { sessionInterrupted } from './session-interrupted.ts';
import { streaming } from './streaming.ts';
import { unfitValue } from './unfit-value.ts';

export const SCENARIOS: readonly Scenario[] = [
  lostUpdate,
  cookieNotSet,
  redirectBeforeSave,
  nestedNotSaved,
  streaming,
  logoutUndone,
  sessionInterrupted,
  keyKeptAtLogin,
  dataLostAtLogin,
  emptySessionsSaved,
  cookieTooLarge,
  anotherTypeNextTime,
  unfitValue,
  serverError,
];
