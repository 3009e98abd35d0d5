/** For each row of @hono/session's verdict tables the facts by which it decides. */
import type { Facts } from '../../server-companion/node/src/adapters/hono/use-session/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'sid', httpOnly: true, secure: false, path: '/', bytes: 300 };
const error = { call: 'storage.set', error: { name: 'Error', message: 'the disk is full' } };
const thrown = { call: 'persist', error: { name: 'TypeError', message: 'no' } };

/** A session that was found and read, on a response that was sent, with a storage. */
export const HONO_SESSION_BASE: Facts = {
  isOpened: true,
  isDestroyed: false,
  isNew: false,
  saved: undefined,
  failure: undefined,
  isUnsaved: false,
  isLate: false,
  isHeadSent: true,
  isUndecided: false,
  setCookie: undefined,
  kind: 'id',
  isBegun: true,
  load: 'found',
  isReplaced: false,
  dropped: undefined,
  isRecordLeft: false,
  isStoredLate: false,
  isProduced: false,
  error: undefined,
};

const saved = { saved: 'done' } as const;
const isNew = { ...saved, isNew: true } as const;
const sealed = { ...saved, kind: 'cookie', isProduced: true } as const;

export const HONO_SESSION_CASES: Cases<Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record failed not-serializable', { saved: 'failed', failure: 'not-serializable', error: thrown }],
  ['record failed too-long', { saved: 'failed', failure: 'too-long', error: thrown }],
  ['record failed begin-failed', { isBegun: false, isOpened: false, error: thrown }],
  ['record failed begin-failed', { isBegun: false, isOpened: false }],
  ['record failed store-error', { saved: 'failed', failure: 'store-error', error }],
  ['record failed save-failed', { saved: 'failed', failure: 'save-failed', error: thrown }],
  ['record not-saved aborted', { ...sealed, isHeadSent: false }],
  ['record not-saved record-left', { isDestroyed: true, isRecordLeft: true, isOpened: false }],
  ['record deleted destroyed', { isDestroyed: true }],
  ['record deleted destroyed', { isDestroyed: true, kind: 'cookie' }],
  ['record not-saved delete-undone', { dropped: 'delete' }],
  ['record saved dropped', { ...saved, dropped: 'update' }],
  ['record not-saved dropped', { dropped: 'update' }],
  ['record saved changed-after-save', { ...saved, isUnsaved: true }],
  ['record saved expired-replaced', { ...isNew, load: 'expired' }],
  ['record saved missing-replaced', { ...isNew, load: 'missing' }],
  ['record saved refused-replaced', { ...isNew, load: 'invalid' }],
  ['record saved refused-replaced', { ...isNew, load: 'malformed' }],
  ['record saved new-session', { ...isNew, load: undefined }],
  ['record saved stored-late', { ...saved, isStoredLate: true }],
  ['record saved refreshed', { ...saved, load: 'refreshed' }],
  ['record saved updated', saved],
  ['record not-saved too-late', { isUnsaved: true, isLate: true }],
  ['record not-saved update-not-called', { isUnsaved: true }],
  ['record not-saved update-not-called', { isUnsaved: true, kind: 'cookie' }],
  ['record none expired', { isNew: true, isProduced: true, load: 'expired' }],
  ['record none nothing-to-store', { isNew: true, isProduced: true }],
  ['record unchanged not-asked', { isOpened: false }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie not-set aborted', { ...sealed, isHeadSent: false }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie set sealed', { ...sealed, setCookie }],
  ['cookie set named', { isProduced: true, setCookie }],
  ['cookie not-set not-serializable', { failure: 'not-serializable', error: thrown }],
  ['cookie not-set too-long', { failure: 'too-long', error: thrown }],
  ['cookie not-set begin-failed', { isBegun: false }],
  ['cookie not-set store-error', { error }],
  ['cookie not-set save-failed', { error: thrown }],
  ['cookie not-set cookie-removed', { isProduced: true }],
  ['cookie none end-stays', saved],
  ['cookie none kept', {}],
];
