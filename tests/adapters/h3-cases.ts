/** For each row of h3's verdict tables the facts by which it decides. */
import type { Facts as H3Facts } from '../../server-companion/node/src/adapters/h3/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'h3', httpOnly: true, secure: false, bytes: 40 };

/** A session that was found and read, on a response that was sent. */
export const H3_BASE: H3Facts = {
  isOpened: true,
  isDestroyed: false,
  sent: 'open',
  isNew: false,
  saved: undefined,
  failure: undefined,
  byLibrary: undefined,
  isUnsaved: false,
  isLate: false,
  isLateSave: false,
  isRestored: false,
  isSealed: false,
  isCookieOff: false,
  isHeadSent: true,
  isUndecided: false,
  setCookie: undefined,
};

const LOST: Cases<H3Facts> = [
  ['not-saved aborted', { saved: 'done', isHeadSent: false }],
  ['not-saved too-late', { saved: 'failed', failure: 'too-late', isUnsaved: true }],
  ['failed cookie-too-large', { saved: 'failed', failure: 'cookie-too-large', isUnsaved: true }],
  ['failed not-serializable', { saved: 'failed', failure: 'not-serializable', isUnsaved: true }],
  ['failed password-refused', { saved: 'failed', failure: 'password-refused', isNew: true, sent: undefined }],
  ['failed save-failed', { saved: 'failed', failure: 'error', isUnsaved: true }],
  ['not-saved header-not-returned', { saved: 'done' }],
  ['not-saved update-not-called', { isUnsaved: true }],
];

const BEGAN = { isNew: true, saved: 'done', byLibrary: 'new-session', setCookie } as const;

export const H3_CASES: Cases<H3Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record none not-accessed', { isOpened: false }],
  ...LOST.map(([row, facts]) => [`record ${row}`, facts] as const),
  ['record not-saved too-late', { isUnsaved: true, isLate: true }],
  ['record not-saved too-late', { saved: 'done', isLateSave: true }],
  ['record not-saved header-not-returned', { isDestroyed: true }],
  ['record not-saved update-not-called', { ...BEGAN, isUnsaved: true, sent: undefined }],
  ['record not-saved cookie-off', { isUnsaved: true, isCookieOff: true }],
  ['record deleted cleared', { isDestroyed: true, setCookie }],
  ['record saved restored-after-clear', { saved: 'done', isRestored: true, setCookie }],
  ['record saved changed-after-update', { saved: 'done', isUnsaved: true, setCookie }],
  ['record saved expired', { ...BEGAN, sent: 'expired' }],
  ['record missing expired', { isNew: true, sent: 'expired' }],
  ['record saved tampered', { ...BEGAN, sent: 'tampered' }],
  ['record missing malformed', { isNew: true, sent: 'malformed' }],
  ['record saved begun-and-saved', { ...BEGAN, sent: undefined }],
  ['record saved new-session', { ...BEGAN, byLibrary: undefined, sent: 'expired' }],
  ['record saved resealed', { saved: 'done', byLibrary: 'resealed', setCookie }],
  ['record saved updated', { saved: 'done', setCookie }],
  ['record saved sealed', { isSealed: true }],
  ['record none new-and-empty', { isNew: true, sent: undefined }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none not-accessed', { isOpened: false }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie expired cleared', { isDestroyed: true, setCookie: { ...setCookie, maxAge: 0 } }],
  ['cookie set begun-and-saved', { ...BEGAN, sent: undefined }],
  ['cookie set resealed', { saved: 'done', byLibrary: 'resealed', setCookie }],
  ['cookie set updated', { saved: 'done', setCookie }],
  ...LOST.map(([row, facts]) => [`cookie not-set ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none cookie-off', { isUnsaved: true, isCookieOff: true }],
  ['cookie none new-and-empty', { isNew: true, sent: undefined }],
  ['cookie none kept', {}],
];
