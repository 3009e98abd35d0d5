/** For each row of hono-sessions' verdict tables the facts by which it decides. */
import type { Facts } from '../../server-companion/node/src/adapters/hono/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'session', httpOnly: true, secure: false, path: '/', bytes: 300 };
const error = { call: 'persistSessionData', error: { name: 'Error', message: 'the disk is full' } };

/** A session that was found and read, on a response that was sent; of a store, which nothing was asked of. */
export const HONO_BASE: Facts = {
  isOpened: true,
  isDestroyed: false,
  isNew: false,
  saved: undefined,
  failure: undefined,
  isUnsaved: false,
  isLate: false,
  isHeadSent: true,
  isUndecided: false,
  setCookie,
  kind: 'id',
  autoExtends: true,
  load: 'found',
  isModified: false,
  isRotated: false,
  error: undefined,
};

const saved = { saved: 'done' } as const;
const isNew = { ...saved, isNew: true } as const;
const sealed = { ...saved, kind: 'cookie' } as const;

export const HONO_CASES: Cases<Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record failed store-error', { saved: 'failed', failure: 'store-error', error }],
  ['record failed begin-failed', { isOpened: false }],
  ['record not-saved aborted', { ...sealed, isHeadSent: false }],
  ['record deleted destroyed', { isDestroyed: true, isUnsaved: true }],
  ['record deleted destroyed', { isDestroyed: true, kind: 'cookie' }],
  ['record saved load-failed', { ...isNew, load: 'error', error }],
  ['record saved changed-after-save', { ...saved, isUnsaved: true }],
  ['record saved rotated', { ...saved, isRotated: true }],
  ['record saved expired-replaced', { ...isNew, load: 'expired' }],
  ['record saved missing-replaced', { ...isNew, load: 'missing' }],
  ['record saved refused-replaced', { ...isNew, load: 'invalid' }],
  ['record saved refused-replaced', { ...isNew, load: 'malformed' }],
  ['record saved new-session', { ...isNew, load: undefined }],
  ['record saved new-session', { ...isNew, load: 'ended' }],
  ['record saved modified', { ...saved, isModified: true }],
  ['record touched refreshed', saved],
  ['record not-saved not-reached', { isUnsaved: true }],
  ['record not-saved too-late', { isUnsaved: true, isLate: true }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie not-set aborted', { ...sealed, isHeadSent: false, setCookie: undefined }],
  ['cookie set emptied', { kind: 'cookie', isDestroyed: true }],
  ['cookie set set-after-delete', { isDestroyed: true }],
  ['cookie set sealed', sealed],
  ['cookie set each-response', {}],
  ['cookie not-set store-error', { error, setCookie: undefined }],
  ['cookie not-set begin-failed', { isOpened: false, setCookie: undefined }],
  ['cookie none kept', { kind: 'cookie', setCookie: undefined }],
  ['cookie not-set cookie-removed', { setCookie: undefined }],
];
