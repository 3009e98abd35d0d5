/** For each row of @fastify/session's verdict tables the facts by which it decides. */
import type { Facts as FastifyFacts } from '../../server-companion/node/src/adapters/fastify-session/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const error = { name: 'Error', message: 'no' };
const setCookie = { name: 'sessionId', httpOnly: true, secure: false, bytes: 40 };

/** A session that was found and read, on a response that was sent, with nothing done that is not asked for. */
export const FASTIFY_BASE: FastifyFacts = {
  rolling: false,
  saveUninitialized: false,
  load: 'found',
  isSkipped: false,
  hasSession: true,
  isHookRun: true,
  isDestroyed: false,
  isNewKey: false,
  isModified: false,
  isUnsaved: false,
  isRegenerated: false,
  isWritten: false,
  savedBy: undefined,
  failed: undefined,
  isSecureCookie: false,
  isSecureRequest: false,
  isHeadSent: true,
  isUndecided: false,
  isCleared: false,
  setCookie: undefined,
};

const saved = { isWritten: true, savedBy: 'framework', setCookie } as const;
const isNew = { load: undefined, isNewKey: true } as const;
const failed = { kind: 'save', error } as const;

export const FASTIFY_CASES: Cases<FastifyFacts> = [
  ['record failed load-failed', { load: 'error', hasSession: false }],
  ['record none path-mismatch', { isSkipped: true, hasSession: false }],
  ['record pending response-pending', { isUndecided: true }],
  ['record failed store-error', { failed }],
  ['record deleted destroyed', { isDestroyed: true, hasSession: false }],
  ['record not-saved no-session', { hasSession: false }],
  ['record not-saved hook-skipped', { isHookRun: false, isModified: true }],
  ['record not-saved secure-over-http', { isSecureCookie: true, isModified: true }],
  ['record not-saved secure-over-http', { ...isNew, isSecureCookie: true, saveUninitialized: true, isCleared: true }],
  ['record saved app-saved', { ...saved, savedBy: 'app' }],
  ['record saved app-saved', { ...saved, savedBy: 'app', isSecureCookie: true, isModified: true, isUnsaved: true }],
  ['record saved regenerated', { ...saved, isRegenerated: true }],
  ['record saved expired-replaced', { ...saved, load: 'expired', isNewKey: true }],
  ['record saved new-session', { ...saved, ...isNew, isModified: true }],
  ['record saved modified', { ...saved, isModified: true }],
  ['record saved save-uninitialized', { ...saved, ...isNew, saveUninitialized: true }],
  ['record saved rolling', { ...saved, rolling: true }],
  // What our encoding does not show as another, and the library found to be one.
  ['record saved modified', saved],
  ['record not-saved too-late', { isUnsaved: true }],
  ['record not-saved change-unnoticed', { isModified: true }],
  ...(['expired', 'missing', 'invalid-signature'] as const).map(
    (load) => [`record missing ${load}`, { load, isNewKey: true }] as const,
  ),
  ['record none uninitialized', isNew],
  ['record unchanged unmodified', {}],
  ['cookie expired dropped-after-regenerate', { ...saved, isRegenerated: true, isNewKey: true, isCleared: true }],
  ['cookie expired cleared', { load: 'missing', isNewKey: true, isCleared: true, setCookie }],
  ['cookie set new-key', { ...saved, ...isNew, isModified: true }],
  ['cookie set saved', { ...saved, rolling: true }],
  ['cookie none load-failed', { load: 'error', hasSession: false }],
  ['cookie none path-mismatch', { isSkipped: true, hasSession: false }],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none no-session', { hasSession: false }],
  ['cookie not-set hook-skipped', { ...isNew, isHookRun: false, isModified: true }],
  ['cookie not-set secure-over-http', { ...isNew, isSecureCookie: true, isModified: true, isCleared: true, setCookie }],
  ['cookie not-set store-error', { failed, isModified: true }],
  ['cookie not-set too-late', { ...isNew, isUnsaved: true }],
  ['cookie not-set aborted', { isWritten: true, isModified: true, isHeadSent: false }],
  ['cookie not-set cookie-removed', { isWritten: true, isModified: true }],
  ['cookie not-set change-unnoticed', { ...isNew, isModified: true }],
  ['cookie none uninitialized', isNew],
  ['cookie none kept', {}],
];
