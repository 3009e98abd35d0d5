/** For each row of koa-session's verdict tables the facts by which it decides. */
import type { Facts as KoaFacts } from '../../server-companion/node/src/adapters/koa-session/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const error = { name: 'Error', message: 'no' };
const setCookie = { name: 'koa.sess', httpOnly: true, secure: false, bytes: 40 };

/** A session that was found and read, on a response that was sent. */
export const KOA_BASE: KoaFacts = {
  isStored: false,
  isByCookie: true,
  isAutomatic: true,
  session: 'open',
  load: 'found',
  isNew: false,
  hasPrivateKeys: false,
  reason: undefined,
  isRemoval: false,
  failure: undefined,
  error: undefined,
  isWritten: false,
  isUnsaved: false,
  hasCommitted: true,
  hasThrown: false,
  isHeadSent: true,
  isUndecided: false,
  isKnownCookie: false,
  isCleared: false,
  setCookie: undefined,
};

const KOA_FAILED: Cases<KoaFacts> = [
  ['failed store-error', { failure: 'store-error', error }],
  ['failed not-serializable', { failure: 'not-serializable', error }],
  ['failed secure-over-http', { failure: 'secure-over-http', error }],
  ['failed keys-missing', { failure: 'keys-missing', error }],
  ['not-saved too-late', { failure: 'too-late', error }],
  ['failed commit-failed', { failure: 'commit-failed', error }],
  ['not-saved aborted', { reason: 'changed', isHeadSent: false }],
  ['not-saved headers-removed', { reason: 'changed', hasThrown: true }],
  ['not-saved cookie-removed', { reason: 'changed' }],
  ['not-saved commit-not-called', { isUnsaved: true, isAutomatic: false, hasCommitted: false }],
  ['not-saved changed-after-commit', { isUnsaved: true }],
];
const KOA_WITHOUT: Cases<KoaFacts> = [
  ['failed load-failed', { load: 'failed', isStored: true, session: 'unused' }],
  ['unreadable decode-failed', { load: 'failed', session: 'unused' }],
  ['none not-accessed', { session: 'unused', load: undefined }],
];
const koaSaved = { setCookie, isWritten: true } as const;

export const KOA_CASES: Cases<KoaFacts> = [
  ['record pending response-pending', { isUndecided: true }],
  ...[...KOA_WITHOUT, ...KOA_FAILED].map(([row, facts]) => [`record ${row}`, facts] as const),
  ['record not-saved changed-after-commit', { session: 'unset' }],
  ['record deleted unset', { session: 'unset', isRemoval: true, isCleared: true, setCookie }],
  ['record deleted unset', { session: 'unset', isRemoval: true, isStored: true, isWritten: true }],
  ['record saved regenerated', { ...koaSaved, reason: 'regenerated' }],
  ['record saved regenerated', { ...koaSaved, isStored: true, reason: 'regenerated' }],
  ['record saved save-called', { ...koaSaved, reason: 'save-called', isUnsaved: true, hasPrivateKeys: true }],
  ['record saved max-age-changed', { ...koaSaved, reason: 'max-age-changed' }],
  ['record saved new-session', { ...koaSaved, reason: 'changed', isNew: true }],
  ['record saved changed', { ...koaSaved, reason: 'changed' }],
  // The store was written, and then the cookie could not be.
  ['record saved changed', { isStored: true, isWritten: true, reason: 'changed', failure: 'secure-over-http', error }],
  ['record saved rolling', { ...koaSaved, reason: 'rolling' }],
  ['record saved renew', { ...koaSaved, reason: 'renew' }],
  ['record not-saved private-keys', { hasPrivateKeys: true }],
  ...(['missed', 'expired', 'invalid', 'invalid-signature', 'malformed'] as const).map(
    (load) => [`record missing ${load}`, { isNew: true, load }] as const,
  ),
  ['record none new-and-empty', { isNew: true, load: undefined }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie expired cleared', { session: 'unset', isRemoval: true, isCleared: true, setCookie }],
  ['cookie set rolling', { ...koaSaved, reason: 'rolling' }],
  ['cookie set saved', { ...koaSaved, reason: 'changed' }],
  ['cookie set saved', { ...koaSaved, isStored: true, reason: 'changed' }],
  ...KOA_WITHOUT.map(([row, facts]) => [`cookie none ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none external-key', { isByCookie: false, isStored: true, isWritten: true, reason: 'changed' }],
  ...KOA_FAILED.map(([row, facts]) => [`cookie not-set ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none new-and-empty', { isNew: true, load: undefined }],
  ['cookie none kept', {}],
  ['cookie none kept', { isStored: true, isKnownCookie: true, isWritten: true, reason: 'changed', hasThrown: true }],
];
