/** For each row of better-auth's verdict tables the facts by which it decides. */
import type { Facts } from '../../server-companion/node/src/adapters/better-auth/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'better-auth.session_token', httpOnly: true, secure: false, path: '/', bytes: 120 };

/** A session that was found and read, on a response that was sent. */
export const BETTER_AUTH_BASE: Facts = {
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
  load: 'store',
  isCreated: false,
  isRefreshed: false,
  isUpdated: false,
  isRevoked: false,
  error: undefined,
};

export const BETTER_AUTH_CASES: Cases<Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record failed store-error', { error: { call: 'findSession', error: { name: 'Error', message: 'no' } } }],
  ['record missing expired', { load: 'expired', isDestroyed: true }],
  ['record deleted deleted', { isDestroyed: true }],
  ['record saved created', { isCreated: true, load: undefined }],
  ['record saved updated', { isUpdated: true }],
  ['record touched refreshed', { isRefreshed: true }],
  ['record unchanged from-cookie-cache', { load: 'cache' }],
  ['record missing no-record', { load: 'missing' }],
  ['record unchanged others-revoked', { isRevoked: true }],
  ['record unchanged not-asked', { load: undefined }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie set set', { isCreated: true, setCookie }],
  ['cookie not-set header-not-returned', { isCreated: true }],
  ['cookie none kept', {}],
];
