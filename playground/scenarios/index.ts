/** Every bug that is written once. */
import { anotherTypeNextTime } from './another-type-next-time.ts';
import { cacheableSetCookie } from './cacheable-set-cookie.ts';
import { cacheableWithoutVary } from './cacheable-without-vary.ts';
import { changeAfterResponse } from './change-after-response.ts';
import { cookieNeverRefreshed } from './cookie-never-refreshed.ts';
import { cookieNotReturned } from './cookie-not-returned.ts';
import { cookieNotSet } from './cookie-not-set.ts';
import { cookieSetTwice } from './cookie-set-twice.ts';
import { cookieTooLarge } from './cookie-too-large.ts';
import { crossSitePost } from './cross-site-post.ts';
import { csrfSecretDiffers } from './csrf-secret-differs.ts';
import { dataLostAtLogin } from './data-lost-at-login.ts';
import { duplicateCookie } from './duplicate-cookie.ts';
import { emptySessionsSaved } from './empty-sessions-saved.ts';
import { flashEaten } from './flash-eaten.ts';
import { healthChecksFillStore } from './health-checks-fill-store.ts';
import { keyKeptAtLogin } from './key-kept-at-login.ts';
import { loginLoop } from './login-loop.ts';
import { logoutLeavesCookie } from './logout-leaves-cookie.ts';
import { logoutUndone } from './logout-undone.ts';
import { lostUpdate } from './lost-update.ts';
import { nestedNotSaved } from './nested-not-saved.ts';
import { neverCommitted } from './never-committed.ts';
import { oauthStateMissing } from './oauth-state-missing.ts';
import { portSharesCookie } from './port-shares-cookie.ts';
import { prefetchLogsOut } from './prefetch-logs-out.ts';
import { prefetchWrites } from './prefetch-writes.ts';
import { readerRewritesCookie } from './reader-rewrites-cookie.ts';
import { recordNeverRefreshed } from './record-never-refreshed.ts';
import { recordsVanished } from './records-vanished.ts';
import { redirectBeforeSave } from './redirect-before-save.ts';
import { restartLostSessions } from './restart-lost-sessions.ts';
import { rotationRace } from './rotation-race.ts';
import { savedUnchanged } from './saved-unchanged.ts';
import type { Scenario } from './scenario.ts';
import { secondHost } from './second-host.ts';
import { selfRequestWithoutCookie } from './self-request-without-cookie.ts';
import { serverError } from './server-error.ts';
import { sessionInterrupted } from './session-interrupted.ts';
import { sessionOfTwoClients } from './session-of-two-clients.ts';
import { setCookieLost } from './set-cookie-lost.ts';
import { setCookieWiped } from './set-cookie-wiped.ts';
import { signatureInvalid } from './signature-invalid.ts';
import { socketWritesOldCopy } from './socket-writes-old-copy.ts';
import { stalePageWrites } from './stale-page-writes.ts';
import { staticFilesLoad } from './static-files-load.ts';
import { storeDisconnected } from './store-disconnected.ts';
import { streaming } from './streaming.ts';
import { unfitValue } from './unfit-value.ts';
import { workersWithOwnSecrets } from './workers-with-own-secrets.ts';
import { workersWithoutSharedStore } from './workers-without-shared-store.ts';

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
  cookieNeverRefreshed,
  cookieNotReturned,
  crossSitePost,
  duplicateCookie,
  oauthStateMissing,
  portSharesCookie,
  recordsVanished,
  restartLostSessions,
  rotationRace,
  setCookieLost,
  signatureInvalid,
  workersWithoutSharedStore,
  cacheableSetCookie,
  changeAfterResponse,
  loginLoop,
  logoutLeavesCookie,
  neverCommitted,
  prefetchLogsOut,
  prefetchWrites,
  readerRewritesCookie,
  savedUnchanged,
  secondHost,
  selfRequestWithoutCookie,
  setCookieWiped,
  staticFilesLoad,
  cacheableWithoutVary,
  cookieSetTwice,
  csrfSecretDiffers,
  flashEaten,
  healthChecksFillStore,
  recordNeverRefreshed,
  sessionOfTwoClients,
  stalePageWrites,
  storeDisconnected,
  workersWithOwnSecrets,
  socketWritesOldCopy,
];
