/** For each row of @fastify/secure-session's verdict tables the facts by which it decides. */
import type { Facts } from '../../server-companion/node/src/adapters/fastify-secure-session/verdict.ts';
import type { Cases } from './verdict-cases.ts';

const setCookie = { name: 'session', httpOnly: true, secure: false, path: '/', bytes: 200 };

/** A session that was found and read, on a response that was sent. */
export const SECURE_BASE: Facts = {
  sent: 'open',
  hasSession: true,
  isNew: false,
  isAssigned: false,
  isEmpty: false,
  isRotated: false,
  isHookRun: true,
  isChanged: false,
  isDeleted: false,
  isModified: false,
  isUnsaved: false,
  isAsked: false,
  isDeleteIgnored: false,
  hasOptions: false,
  isWrittenAfterEnd: false,
  failure: undefined,
  isHeadSent: true,
  isUndecided: false,
  isCleared: false,
  setCookie: undefined,
};

const saved = { isChanged: true, isAsked: true, setCookie } as const;
const lost = { isChanged: true, isAsked: true, isModified: true } as const;
const isNew = { sent: undefined, isNew: true } as const;
const ended = { ...saved, isDeleted: true, isCleared: true } as const;

export const SECURE_CASES: Cases<Facts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record not-saved no-session', { hasSession: false }],
  ['record not-saved hook-skipped', { ...lost, isHookRun: false }],
  ['record failed not-serializable', { ...lost, failure: 'Do not know how to serialize a BigInt' }],
  ['record failed seal-failed', { ...lost, failure: 'not today' }],
  ['record not-saved aborted', { ...lost, isHeadSent: false }],
  ['record not-saved cookie-removed', lost],
  ['record deleted set-after-delete', { ...ended, isWrittenAfterEnd: true }],
  ['record deleted deleted', ended],
  ['record saved new-session', { ...saved, ...isNew }],
  ['record saved modified', { ...saved, isModified: true, isUnsaved: true }],
  ['record saved key-rotated', { ...saved, isAsked: false, isRotated: true }],
  ['record saved touched', saved],
  ['record not-saved too-late', { isUnsaved: true }],
  ['record not-saved change-unnoticed', { isModified: true }],
  ['record not-saved change-unnoticed', { ...isNew, isModified: true, isAssigned: true }],
  ['record unchanged delete-ignored', { isDeleteIgnored: true }],
  ['record missing expired', { isNew: true, sent: 'expired' }],
  ['record missing invalid-key', { isNew: true, sent: 'invalid' }],
  ['record missing malformed', { isNew: true, sent: 'malformed' }],
  ['record none new-and-empty', isNew],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none no-session', { hasSession: false }],
  ['cookie not-set hook-skipped', { ...lost, isHookRun: false }],
  ['cookie not-set not-serializable', { ...lost, failure: 'Converting circular structure to JSON' }],
  ['cookie not-set seal-failed', { ...lost, failure: 'not today' }],
  ['cookie not-set aborted', { ...lost, isHeadSent: false }],
  ['cookie not-set cookie-removed', lost],
  ['cookie expired cleared', ended],
  ['cookie set sealed', saved],
  ['cookie set sealed', { ...saved, setCookie: { name: 'session', httpOnly: true, secure: false, bytes: 200 } }],
  ['cookie not-set too-late', { isUnsaved: true }],
  ['cookie not-set change-unnoticed', { isModified: true }],
  ['cookie none options-ignored', { hasOptions: true }],
  ['cookie none new-and-empty', isNew],
  ['cookie none kept', {}],
];
