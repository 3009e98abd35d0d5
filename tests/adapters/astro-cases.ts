/** For each row of Astro's verdict tables the facts by which it decides. */
import type { Facts } from '../../server-companion/node/src/adapters/astro/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'astro-session', httpOnly: true, secure: false, path: '/', bytes: 49 };
const error = { name: 'Error', message: 'the disk is full' };

/** A session that was found and read, on a response that was sent. */
export const ASTRO_BASE: Facts = {
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
  isUsed: true,
  load: 'found',
  isDirty: false,
  isRegenerated: false,
  isEnded: false,
  isCookieSet: false,
  error: undefined,
};

const saved = { saved: 'done', isCookieSet: true, setCookie } as const;

export const ASTRO_CASES: Cases<Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record failed store-error', { saved: 'failed', failure: 'store-error', error: { call: 'persist', error } }],
  ['record failed load-failed', { error: { call: 'load', error } }],
  ['record deleted destroyed', { isDestroyed: true }],
  ['record not-saved too-late', { isDirty: true }],
  ['record saved too-late', { ...saved, isDirty: true }],
  ['record saved changed-after-save', { ...saved, isUnsaved: true }],
  ['record saved without-a-cookie', { saved: 'done', isNew: true }],
  ['record saved regenerated', { ...saved, isRegenerated: true }],
  ['record saved missing-replaced', { ...saved, isNew: true, load: 'missing' }],
  ['record saved new-session', { ...saved, isNew: true, load: 'none' }],
  ['record saved modified', saved],
  ['record not-saved nested-change', { isUnsaved: true }],
  ['record unchanged not-used', { isUsed: false, isOpened: false, load: undefined }],
  ['record missing no-record', { load: 'missing', isNew: true }],
  ['record none new-and-empty', { load: 'none', isNew: true }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie set set', saved],
  ['cookie not-set cookie-removed', { ...saved, setCookie: undefined }],
  ['cookie not-set none-asked-for', { saved: 'done', isNew: true }],
  ['cookie none kept', {}],
];
