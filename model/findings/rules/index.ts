/** Every rule, by subject. One file each, with cases beside it. */
import type { Rule } from '../rule.ts';
import { broadDomain } from './broad-domain.ts';
import { cacheableSetCookie } from './cacheable-set-cookie.ts';
import { cacheableWithoutVary } from './cacheable-without-vary.ts';
import { changeAfterResponse } from './change-after-response.ts';
import { cookieNeverRefreshed } from './cookie-never-refreshed.ts';
import { cookieNotHttpOnly } from './cookie-not-http-only.ts';
import { cookieNotReturned } from './cookie-not-returned.ts';
import { cookieNotSecure } from './cookie-not-secure.ts';
import { cookieNotSet } from './cookie-not-set.ts';
import { cookieOutlivesRecord } from './cookie-outlives-record.ts';
import { cookieRefused } from './cookie-refused.ts';
import { cookieSameSiteAbsent } from './cookie-same-site-absent.ts';
import { cookieSetTwice } from './cookie-set-twice.ts';
import { cookieTooLarge } from './cookie-too-large.ts';
import { crossSitePost } from './cross-site-post.ts';
import { csrfSecretDiffers } from './csrf-secret-differs.ts';
import { dataDroppedAtRotation } from './data-dropped-at-rotation.ts';
import { duplicateCookie } from './duplicate-cookie.ts';
import { emptySessionsSaved } from './empty-sessions-saved.ts';
import { expiredRecordLoads } from './expired-record-loads.ts';
import { flashEaten } from './flash-eaten.ts';
import { getChangesLogin } from './get-changes-login.ts';
import { growingSession } from './growing-session.ts';
import { hostPrefixMissing } from './host-prefix-missing.ts';
import { keyKeptAtLogin } from './key-kept-at-login.ts';
import { keysDeletedOneByOne } from './keys-deleted-one-by-one.ts';
import { largeSession } from './large-session.ts';
import { loginLoop } from './login-loop.ts';
import { logoutKeepsSession } from './logout-keeps-session.ts';
import { logoutLeavesCookie } from './logout-leaves-cookie.ts';
import { logoutUndone } from './logout-undone.ts';
import { lostUpdate } from './lost-update.ts';
import { memoryStore } from './memory-store.ts';
import { nestedChangeNotSaved } from './nested-change-not-saved.ts';
import { neverCommitted } from './never-committed.ts';
import { noIdleTimeout } from './no-idle-timeout.ts';
import { notSavedWithError } from './not-saved-with-error.ts';
import { notSerializable } from './not-serializable.ts';
import { oauthStateMissing } from './oauth-state-missing.ts';
import { oldKeyWorks } from './old-key-works.ts';
import { passwordHashDiffers } from './password-hash-differs.ts';
import { portSharesCookie } from './port-shares-cookie.ts';
import { prefetchWrites } from './prefetch-writes.ts';
import { recordNeverRefreshed } from './record-never-refreshed.ts';
import { recordUnreadable } from './record-unreadable.ts';
import { recordsVanished } from './records-vanished.ts';
import { redirectBeforeSave } from './redirect-before-save.ts';
import { restartLostSessions } from './restart-lost-sessions.ts';
import { revokedCookieWorks } from './revoked-cookie-works.ts';
import { revokedSessionServed } from './revoked-session-served.ts';
import { rotationRace } from './rotation-race.ts';
import { savedUnchanged } from './saved-unchanged.ts';
import { sealedFork } from './sealed-fork.ts';
import { sealedLogoutUndone } from './sealed-logout-undone.ts';
import { secondHost } from './second-host.ts';
import { secretInSession } from './secret-in-session.ts';
import { selfRequestWithoutCookie } from './self-request-without-cookie.ts';
import { sessionInterrupted } from './session-interrupted.ts';
import { sessionOfTwoClients } from './session-of-two-clients.ts';
import { setCookieLost } from './set-cookie-lost.ts';
import { signatureInvalid } from './signature-invalid.ts';
import { stalePageWrites } from './stale-page-writes.ts';
import { staticFilesLoad } from './static-files-load.ts';
import { storeChangesValue } from './store-changes-value.ts';
import { storeDisconnected } from './store-disconnected.ts';
import { storeFailed } from './store-failed.ts';
import { typoLikeMiss } from './typo-like-miss.ts';
import { unknownKeyAdopted } from './unknown-key-adopted.ts';
import { workersWithoutSharedStore } from './workers-without-shared-store.ts';

export interface RuleGroup {
  title: string;
  rules: readonly Rule[];
}

export const RULE_GROUPS: readonly RuleGroup[] = [
  {
    title: 'Requests at once',
    rules: [
      lostUpdate,
      sealedFork,
      logoutUndone,
      sealedLogoutUndone,
      sessionInterrupted,
      redirectBeforeSave,
      rotationRace,
    ],
  },
  {
    title: 'Identity',
    rules: [
      keyKeptAtLogin,
      oldKeyWorks,
      revokedSessionServed,
      unknownKeyAdopted,
      logoutKeepsSession,
      keysDeletedOneByOne,
      getChangesLogin,
      prefetchWrites,
      dataDroppedAtRotation,
      oauthStateMissing,
      csrfSecretDiffers,
      crossSitePost,
      passwordHashDiffers,
      revokedCookieWorks,
      loginLoop,
      sessionOfTwoClients,
      stalePageWrites,
    ],
  },
  {
    title: 'The cookie',
    rules: [
      cookieNotSet,
      setCookieLost,
      cookieRefused,
      cookieNotReturned,
      duplicateCookie,
      cookieSetTwice,
      secondHost,
      portSharesCookie,
      selfRequestWithoutCookie,
      cookieTooLarge,
      cookieNotSecure,
      cookieNotHttpOnly,
      cookieSameSiteAbsent,
      cacheableSetCookie,
      cacheableWithoutVary,
      broadDomain,
      hostPrefixMissing,
      logoutLeavesCookie,
    ],
  },
  {
    title: 'Expiry',
    rules: [cookieOutlivesRecord, cookieNeverRefreshed, recordNeverRefreshed, expiredRecordLoads, noIdleTimeout],
  },
  {
    title: 'Data',
    rules: [
      nestedChangeNotSaved,
      changeAfterResponse,
      neverCommitted,
      notSavedWithError,
      notSerializable,
      storeChangesValue,
      recordUnreadable,
      typoLikeMiss,
      flashEaten,
      secretInSession,
      largeSession,
      growingSession,
    ],
  },
  {
    title: 'The set-up',
    rules: [
      storeFailed,
      storeDisconnected,
      recordsVanished,
      restartLostSessions,
      workersWithoutSharedStore,
      signatureInvalid,
      memoryStore,
      emptySessionsSaved,
      savedUnchanged,
      staticFilesLoad,
    ],
  },
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);
