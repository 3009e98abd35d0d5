/** The cases of every rule, by its id. */
import type { RuleCases } from './rule.cases.ts';
import { broadDomain } from './rules/broad-domain.cases.ts';
import { cacheableSetCookie } from './rules/cacheable-set-cookie.cases.ts';
import { cacheableWithoutVary } from './rules/cacheable-without-vary.cases.ts';
import { changeAfterResponse } from './rules/change-after-response.cases.ts';
import { cookieNeverRefreshed } from './rules/cookie-never-refreshed.cases.ts';
import { cookieNotHttpOnly } from './rules/cookie-not-http-only.cases.ts';
import { cookieNotReturned } from './rules/cookie-not-returned.cases.ts';
import { cookieNotSecure } from './rules/cookie-not-secure.cases.ts';
import { cookieNotSet } from './rules/cookie-not-set.cases.ts';
import { cookieOutlivesRecord } from './rules/cookie-outlives-record.cases.ts';
import { cookieRefused } from './rules/cookie-refused.cases.ts';
import { cookieSameSiteAbsent } from './rules/cookie-same-site-absent.cases.ts';
import { cookieSetTwice } from './rules/cookie-set-twice.cases.ts';
import { cookieTooLarge } from './rules/cookie-too-large.cases.ts';
import { crossSitePost } from './rules/cross-site-post.cases.ts';
import { csrfSecretDiffers } from './rules/csrf-secret-differs.cases.ts';
import { dataDroppedAtRotation } from './rules/data-dropped-at-rotation.cases.ts';
import { duplicateCookie } from './rules/duplicate-cookie.cases.ts';
import { emptySessionsSaved } from './rules/empty-sessions-saved.cases.ts';
import { expiredRecordLoads } from './rules/expired-record-loads.cases.ts';
import { flashEaten } from './rules/flash-eaten.cases.ts';
import { getChangesLogin } from './rules/get-changes-login.cases.ts';
import { growingSession } from './rules/growing-session.cases.ts';
import { hostPrefixMissing } from './rules/host-prefix-missing.cases.ts';
import { keyKeptAtLogin } from './rules/key-kept-at-login.cases.ts';
import { keysDeletedOneByOne } from './rules/keys-deleted-one-by-one.cases.ts';
import { largeSession } from './rules/large-session.cases.ts';
import { loginLoop } from './rules/login-loop.cases.ts';
import { logoutKeepsSession } from './rules/logout-keeps-session.cases.ts';
import { logoutLeavesCookie } from './rules/logout-leaves-cookie.cases.ts';
import { logoutUndone } from './rules/logout-undone.cases.ts';
import { lostUpdate } from './rules/lost-update.cases.ts';
import { memoryStore } from './rules/memory-store.cases.ts';
import { nestedChangeNotSaved } from './rules/nested-change-not-saved.cases.ts';
import { neverCommitted } from './rules/never-committed.cases.ts';
import { noIdleTimeout } from './rules/no-idle-timeout.cases.ts';
import { notSavedWithError } from './rules/not-saved-with-error.cases.ts';
import { notSerializable } from './rules/not-serializable.cases.ts';
import { oauthStateMissing } from './rules/oauth-state-missing.cases.ts';
import { oldKeyWorks } from './rules/old-key-works.cases.ts';
import { passwordHashDiffers } from './rules/password-hash-differs.cases.ts';
import { portSharesCookie } from './rules/port-shares-cookie.cases.ts';
import { prefetchWrites } from './rules/prefetch-writes.cases.ts';
import { recordNeverRefreshed } from './rules/record-never-refreshed.cases.ts';
import { recordUnreadable } from './rules/record-unreadable.cases.ts';
import { recordsVanished } from './rules/records-vanished.cases.ts';
import { redirectBeforeSave } from './rules/redirect-before-save.cases.ts';
import { restartLostSessions } from './rules/restart-lost-sessions.cases.ts';
import { revokedCookieWorks } from './rules/revoked-cookie-works.cases.ts';
import { revokedSessionServed } from './rules/revoked-session-served.cases.ts';
import { rotationRace } from './rules/rotation-race.cases.ts';
import { savedUnchanged } from './rules/saved-unchanged.cases.ts';
import { sealedFork } from './rules/sealed-fork.cases.ts';
import { sealedLogoutUndone } from './rules/sealed-logout-undone.cases.ts';
import { secondHost } from './rules/second-host.cases.ts';
import { secretInSession } from './rules/secret-in-session.cases.ts';
import { selfRequestWithoutCookie } from './rules/self-request-without-cookie.cases.ts';
import { sessionInterrupted } from './rules/session-interrupted.cases.ts';
import { sessionOfTwoClients } from './rules/session-of-two-clients.cases.ts';
import { setCookieLost } from './rules/set-cookie-lost.cases.ts';
import { signatureInvalid } from './rules/signature-invalid.cases.ts';
import { stalePageWrites } from './rules/stale-page-writes.cases.ts';
import { staticFilesLoad } from './rules/static-files-load.cases.ts';
import { storeChangesValue } from './rules/store-changes-value.cases.ts';
import { storeDisconnected } from './rules/store-disconnected.cases.ts';
import { storeFailed } from './rules/store-failed.cases.ts';
import { typoLikeMiss } from './rules/typo-like-miss.cases.ts';
import { unknownKeyAdopted } from './rules/unknown-key-adopted.cases.ts';
import { workersWithoutSharedStore } from './rules/workers-without-shared-store.cases.ts';

export const CASES: Readonly<Record<string, RuleCases>> = {
  'broad-domain': broadDomain,
  'cacheable-set-cookie': cacheableSetCookie,
  'cacheable-without-vary': cacheableWithoutVary,
  'change-after-response': changeAfterResponse,
  'cookie-never-refreshed': cookieNeverRefreshed,
  'cookie-not-http-only': cookieNotHttpOnly,
  'cookie-not-returned': cookieNotReturned,
  'cookie-not-secure': cookieNotSecure,
  'cookie-not-set': cookieNotSet,
  'cookie-outlives-record': cookieOutlivesRecord,
  'cookie-refused': cookieRefused,
  'cookie-same-site-absent': cookieSameSiteAbsent,
  'cookie-set-twice': cookieSetTwice,
  'cookie-too-large': cookieTooLarge,
  'cross-site-post': crossSitePost,
  'csrf-secret-differs': csrfSecretDiffers,
  'data-dropped-at-rotation': dataDroppedAtRotation,
  'duplicate-cookie': duplicateCookie,
  'empty-sessions-saved': emptySessionsSaved,
  'expired-record-loads': expiredRecordLoads,
  'flash-eaten': flashEaten,
  'get-changes-login': getChangesLogin,
  'growing-session': growingSession,
  'host-prefix-missing': hostPrefixMissing,
  'key-kept-at-login': keyKeptAtLogin,
  'keys-deleted-one-by-one': keysDeletedOneByOne,
  'large-session': largeSession,
  'login-loop': loginLoop,
  'logout-keeps-session': logoutKeepsSession,
  'logout-leaves-cookie': logoutLeavesCookie,
  'logout-undone': logoutUndone,
  'lost-update': lostUpdate,
  'memory-store': memoryStore,
  'nested-change-not-saved': nestedChangeNotSaved,
  'never-committed': neverCommitted,
  'no-idle-timeout': noIdleTimeout,
  'not-saved-with-error': notSavedWithError,
  'not-serializable': notSerializable,
  'oauth-state-missing': oauthStateMissing,
  'old-key-works': oldKeyWorks,
  'revoked-session-served': revokedSessionServed,
  'password-hash-differs': passwordHashDiffers,
  'port-shares-cookie': portSharesCookie,
  'prefetch-writes': prefetchWrites,
  'record-never-refreshed': recordNeverRefreshed,
  'record-unreadable': recordUnreadable,
  'records-vanished': recordsVanished,
  'redirect-before-save': redirectBeforeSave,
  'restart-lost-sessions': restartLostSessions,
  'revoked-cookie-works': revokedCookieWorks,
  'rotation-race': rotationRace,
  'saved-unchanged': savedUnchanged,
  'sealed-fork': sealedFork,
  'sealed-logout-undone': sealedLogoutUndone,
  'second-host': secondHost,
  'secret-in-session': secretInSession,
  'self-request-without-cookie': selfRequestWithoutCookie,
  'session-interrupted': sessionInterrupted,
  'session-of-two-clients': sessionOfTwoClients,
  'set-cookie-lost': setCookieLost,
  'signature-invalid': signatureInvalid,
  'stale-page-writes': stalePageWrites,
  'static-files-load': staticFilesLoad,
  'store-changes-value': storeChangesValue,
  'store-disconnected': storeDisconnected,
  'store-failed': storeFailed,
  'typo-like-miss': typoLikeMiss,
  'unknown-key-adopted': unknownKeyAdopted,
  'workers-without-shared-store': workersWithoutSharedStore,
};
