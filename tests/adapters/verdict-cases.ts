/** For each row of each library's verdict tables the facts by which it decides. */
import type { Facts as IronFacts } from '../../server-companion/node/src/adapters/iron-session/verdict.ts';
import type { Facts as ReactRouterFacts } from '../../server-companion/node/src/adapters/react-router/verdict.ts';
import type { Facts as CookieFacts } from '../../server-companion/node/src/adapters/cookie-session/verdict.ts';
import type { Facts as ExpressFacts } from '../../server-companion/node/src/adapters/express-session/facts.ts';
import type { StoreWrite } from '../../server-companion/node/src/adapters/express-session/facts.ts';
import type { Facts as DjangoFacts } from '../../server-companion/node/src/adapters/django-sessions/verdict.ts';
import type { SessionVerdict, Settings } from '../../django-sessions/src/index.ts';

/** `record saved modified`: part, outcome and reason of the row, then the facts that differ from the usual ones. */
export type Cases<Facts> = readonly (readonly [row: string, facts: Partial<Facts>])[];

const error = { name: 'Error', message: 'no' };
const setCookie = { name: 'sid', httpOnly: true, secure: false, bytes: 40 };

const write = (given: Partial<StoreWrite> = {}): StoreWrite => ({
  kind: 'save',
  actor: 'framework',
  call: undefined,
  outcome: 'done',
  wasGone: false,
  isDropped: false,
  ...given,
});

const expressSettings: ExpressFacts['settings'] = {
  cookieName: 'sid',
  secrets: ['s'],
  resave: false,
  rolling: false,
  saveUninitialized: false,
  unset: 'keep',
  proxy: undefined,
  cookiePath: '/',
};

/** A session that was found and read, on a response that ended. */
export const EXPRESS_BASE: ExpressFacts = {
  settings: expressSettings,
  skippedBecause: undefined,
  load: 'found',
  loadError: undefined,
  phase: 'ended',
  isUndecided: false,
  isResponse: true,
  isEnded: true,
  touchDisabled: undefined,
  isReplaced: false,
  isEmpty: false,
  ending: 'completed',
  writes: [],
  write: undefined,
  hasSession: true,
  hasKey: true,
  isNewKey: false,
  isModified: false,
  wasDueAtHeaders: true,
  hasExpiry: false,
  isSecureCookie: false,
  isSecureRequest: false,
  forwardedProto: undefined,
  setCookie: undefined,
  endError: undefined,
  now: 1_000,
};

const due = { isNewKey: true, isModified: true } as const;

export const EXPRESS_CASES: Cases<ExpressFacts> = [
  ['record unreadable unreadable', { skippedBecause: 'failed', load: 'unreadable', loadError: error }],
  ['record failed load-failed', { skippedBecause: 'failed', load: 'error', loadError: error }],
  ['record none failed', { skippedBecause: 'failed' }],
  ['record none store-disconnected', { skippedBecause: 'store-disconnected' }],
  ['record none path-mismatch', { skippedBecause: 'path-mismatch' }],
  ['record pending load-pending', { isUndecided: true, phase: 'loading' }],
  ['record pending response-pending', { isUndecided: true, isEnded: false }],
  ['record pending store-pending', { isUndecided: true, writes: [write({ outcome: 'pending' })] }],
  ['record failed session-replaced', { endError: error, isReplaced: true }],
  ['record failed end-failed', { endError: error }],
  ['record none no-session', { hasSession: false }],
  ['record none bogus-key', { hasKey: false }],
  ['record none no-response', { isResponse: false }],
  ['record missing expired', { load: 'expired' }],
  ['record missing missing', { load: 'missing' }],
  ['record none uninitialized', { load: undefined, isNewKey: true }],
  ['record unchanged unmodified', {}],
  ['record failed store-error', { writes: [write({ outcome: 'error', error })] }],
  ['record missing gone', { writes: [write({ kind: 'touch', outcome: 'gone' })] }],
  ['record deleted saved-expired', { writes: [write({ isDropped: true })] }],
  ['record deleted unset', { writes: [write({ kind: 'destroy' })] }],
  ['record deleted destroyed', { writes: [write({ kind: 'destroy', actor: 'app' })] }],
  ['record unchanged touch-disabled', { writes: [write({ kind: 'touch' })], touchDisabled: 'disableTouch: true' }],
  ['record touched deleted-meanwhile', { writes: [write({ kind: 'touch', wasGone: true })] }],
  ['record touched unmodified', { writes: [write({ kind: 'touch' })] }],
  ['record saved app-saved', { writes: [write({ actor: 'app' })] }],
  ['record saved new-session', { ...due, load: undefined, writes: [write()] }],
  ['record saved modified', { isModified: true, writes: [write()] }],
  ['record saved regenerated', { writes: [write({ kind: 'destroy', call: 'regenerate' }), write()] }],
  [
    'record saved save-uninitialized',
    { isNewKey: true, load: undefined, writes: [write()], settings: { ...expressSettings, saveUninitialized: true } },
  ],
  ['record saved resave', { writes: [write()], settings: { ...expressSettings, resave: true } }],
  ['record saved unsaved', { writes: [write()] }],
  ['cookie expired cleared', { setCookie: { ...setCookie, expiresAt: 0 } }],
  ['cookie set new-key', { setCookie, isNewKey: true }],
  ['cookie set rolling', { setCookie, settings: { ...expressSettings, rolling: true } }],
  ['cookie set modified', { setCookie, hasExpiry: true, isModified: true }],
  ['cookie set app-set', { setCookie }],
  ['cookie none failed', { skippedBecause: 'failed' }],
  ['cookie none store-disconnected', { skippedBecause: 'store-disconnected' }],
  ['cookie none path-mismatch', { skippedBecause: 'path-mismatch' }],
  ['cookie pending load-pending', { isUndecided: true, phase: 'loading' }],
  ['cookie none no-response', { isResponse: false }],
  ['cookie none no-session', { hasSession: false }],
  ['cookie none bogus-key', { hasKey: false }],
  ['cookie none kept', {}],
  ['cookie none uninitialized', { isNewKey: true }],
  ['cookie not-set secure-over-http', { ...due, isSecureCookie: true }],
  ['cookie not-set headers-already-sent', { ...due, wasDueAtHeaders: false }],
  ['cookie not-set aborted', { ...due, ending: 'aborted' }],
  ['cookie not-set removed', due],
];

const decided = (given: Partial<SessionVerdict>): SessionVerdict => ({
  saved: false,
  reason: 'not-modified',
  cookie: 'none',
  isTooLong: false,
  status: 200,
  variesOnCookie: false,
  ...given,
});

const saved = { decided: decided({ saved: true, reason: 'modified', cookie: 'set' }) };

/** A session that was found and read, on a response that ended. */
export const DJANGO_BASE: DjangoFacts = {
  settings: { saveEveryRequest: false } as Settings,
  decided: decided({}),
  error: undefined,
  thrown: undefined,
  status: 200,
  wasSent: true,
  load: 'found',
  isModified: false,
  isBlank: false,
  isFlushed: false,
  isSavedByApp: false,
  appSaveError: undefined,
  isMadeByApp: false,
  isAllStored: false,
  isLate: false,
  unsaved: [],
  setCookie: undefined,
  isUndecided: false,
  savedInside: [],
  isAborted: false,
  hasThrown: false,
};

const UNUSABLE = ['missing', 'expired', 'invalid-signature', 'error'] as const;

export const DJANGO_CASES: Cases<DjangoFacts> = [
  ['record pending response-pending', { isUndecided: true, decided: undefined }],
  ['record saved app-saved', { decided: undefined, isSavedByApp: true, isAllStored: true }],
  ['record unchanged handler-threw', { decided: undefined, hasThrown: true }],
  ['record none handler-threw', { decided: undefined, hasThrown: true, wasSent: false, load: undefined }],
  ['record not-saved handler-threw', { decided: undefined, hasThrown: true, isModified: true }],
  ['record unchanged aborted', { decided: undefined }],
  ['record none aborted', { decided: undefined, wasSent: false, load: undefined }],
  ['record failed interrupted', { decided: decided({ reason: 'interrupted' }) }],
  [
    'record failed not-serializable',
    {
      decided: decided({ reason: 'failed' }),
      error: { name: 'UnserializableValueError', message: 'no' },
      thrown: { path: 'at', type: 'Date' },
    },
  ],
  ['record failed store-error', { decided: decided({ reason: 'failed' }), error }],
  ['record saved save-every-request', { decided: decided({ saved: true, reason: 'save-every-request' }) }],
  ...UNUSABLE.map((load) => [`record saved ${load}`, { ...saved, load, isBlank: true }] as const),
  [
    'record saved modified',
    { ...saved, isSavedByApp: true, settings: { saveEveryRequest: false, engine: 'signed_cookies' } as Settings },
  ],
  ['record saved modified', saved],
  ['record saved app-saved', { isSavedByApp: true, isAllStored: true }],
  [
    'record saved app-saved',
    { decided: decided({ reason: 'server-error', status: 500 }), isMadeByApp: true, isAllStored: true },
  ],
  ['record not-saved aborted', { isAborted: true, isModified: true }],
  ['record unchanged server-error', { decided: decided({ reason: 'server-error', status: 500 }), isAllStored: true }],
  [
    'record not-compared server-error',
    { decided: decided({ reason: 'server-error', status: 500 }), isAllStored: undefined },
  ],
  ['record not-saved server-error', { decided: decided({ reason: 'server-error', status: 500 }) }],
  ['record not-saved server-error', { decided: decided({ reason: 'server-error', status: 500 }), isSavedByApp: true }],
  ['record not-saved too-late', { isLate: true }],
  ['record deleted flushed', { isFlushed: true }],
  ['record not-saved nested-change', { unsaved: ['cart'] }],
  ...UNUSABLE.map((load) => [`record missing ${load}`, { load }] as const),
  ['record none empty', { decided: decided({ reason: 'empty' }), load: undefined }],
  [
    'record failed app-save-failed',
    { decided: decided({ reason: 'untouched' }), load: undefined, appSaveError: error },
  ],
  ['record unchanged untouched', { decided: decided({ reason: 'untouched' }), load: undefined }],
  ['record unchanged not-modified', {}],
  ['record none empty', { wasSent: false, load: undefined }],
  ['cookie expired empty', { decided: decided({ reason: 'empty', cookie: 'deleted' }), setCookie }],
  ['cookie set save-every-request', { decided: decided({ saved: true, reason: 'save-every-request' }), setCookie }],
  ['cookie set modified', { ...saved, setCookie }],
  ['cookie pending response-pending', { decided: undefined, isUndecided: true }],
  ['cookie none undecided', { decided: undefined }],
  ['cookie none failed', { decided: decided({ reason: 'failed' }) }],
  ['cookie not-set server-error', { decided: decided({ reason: 'server-error' }), wasSent: false }],
  ['cookie none not-modified', {}],
  ['cookie none empty', { wasSent: false }],
];

/** A session that was found and read, on a response that was sent. */
export const COOKIE_BASE: CookieFacts = {
  session: 'open',
  sent: 'valid',
  isNew: false,
  isAssigned: false,
  isEmpty: false,
  isModified: false,
  isLate: false,
  isSecureCookie: false,
  isSecureRequest: false,
  isHeadSent: true,
  isUndecided: false,
  isSignedAgain: false,
  setCookie: undefined,
};

const LOST: Cases<CookieFacts> = [
  ['failed not-serializable', { isModified: true }],
  ['failed secure-over-http', { isModified: true, isSecureCookie: true }],
  ['not-saved too-late', { isModified: true, isLate: true }],
  ['not-saved aborted', { isModified: true, isHeadSent: false }],
];

export const COOKIE_CASES: Cases<CookieFacts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record none not-accessed', { session: 'unused' }],
  ...LOST.map(([row, facts]) => [`record ${row}`, facts] as const),
  ['record deleted unset', { session: 'unset', setCookie }],
  ['record saved new-session', { isModified: true, isNew: true, sent: undefined, setCookie }],
  ['record saved modified', { isModified: true, setCookie }],
  ['record not-saved empty-assigned', { isAssigned: true, isNew: true, isEmpty: true }],
  ['record missing invalid-signature', { isNew: true, sent: 'invalid', isEmpty: true }],
  ['record missing malformed', { isNew: true, sent: 'malformed', isEmpty: true }],
  ['record none new-and-empty', { isNew: true, sent: undefined, isEmpty: true }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none not-accessed', { session: 'unused' }],
  ['cookie expired cleared', { session: 'unset', setCookie }],
  ['cookie set modified', { isModified: true, setCookie }],
  ...LOST.map(([row, facts]) => [`cookie not-set ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none signed-again', { isSignedAgain: true }],
  ['cookie none new-and-empty', { isNew: true, isEmpty: true, sent: undefined }],
  ['cookie none kept', {}],
];

export const IRON_BASE: IronFacts = {
  isOpened: true,
  isDestroyed: false,
  sent: 'open',
  isNew: false,
  saved: undefined,
  failure: undefined,
  isUnsaved: false,
  isLate: false,
  isHeadSent: true,
  isUndecided: false,
  setCookie: undefined,
};

const IRON_LOST: Cases<IronFacts> = [
  ['not-saved aborted', { saved: 'done', isHeadSent: false }],
  ['not-saved too-late', { saved: 'failed', failure: 'too-late', isUnsaved: true }],
  ['failed cookie-too-large', { saved: 'failed', failure: 'cookie-too-large', isUnsaved: true }],
  ['failed not-serializable', { saved: 'failed', failure: 'not-serializable', isUnsaved: true }],
  ['failed destroyed', { saved: 'failed', failure: 'destroyed', isUnsaved: true }],
  ['failed read-only-cookies', { saved: 'failed', failure: 'read-only-cookies', isUnsaved: true }],
  ['failed save-failed', { saved: 'failed', failure: 'error', isUnsaved: true }],
  ['not-saved header-not-returned', { saved: 'done' }],
  ['not-saved save-not-called', { isUnsaved: true }],
];

export const IRON_CASES: Cases<IronFacts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record none not-accessed', { isOpened: false }],
  ...IRON_LOST.map(([row, facts]) => [`record ${row}`, facts] as const),
  ['record not-saved too-late', { isUnsaved: true, isLate: true }],
  ['record deleted destroyed', { isDestroyed: true, setCookie }],
  ['record saved changed-after-save', { saved: 'done', isUnsaved: true, setCookie }],
  ['record saved new-session', { saved: 'done', isNew: true, sent: undefined, setCookie }],
  ['record saved save-called', { saved: 'done', setCookie }],
  ['record missing expired', { isNew: true, sent: 'expired' }],
  ['record missing unknown-password', { isNew: true, sent: 'unknown-password' }],
  ['record missing tampered', { isNew: true, sent: 'tampered' }],
  ['record missing malformed', { isNew: true, sent: 'malformed' }],
  ['record none new-and-empty', { isNew: true, sent: undefined }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none not-accessed', { isOpened: false }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie set save-called', { saved: 'done', setCookie }],
  ...IRON_LOST.map(([row, facts]) => [`cookie not-set ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none new-and-empty', { isNew: true, sent: undefined }],
  ['cookie none kept', {}],
];

export const REACT_ROUTER_BASE: ReactRouterFacts = {
  ...IRON_BASE,
  failure: undefined,
  kind: 'cookie',
  sent: 'accepted',
  isMissing: false,
};

const REACT_ROUTER_LOST: Cases<ReactRouterFacts> = [
  ['not-saved aborted', { saved: 'done', isHeadSent: false }],
  ['failed cookie-too-large', { saved: 'failed', failure: 'cookie-too-large', isUnsaved: true }],
  ['failed not-serializable', { saved: 'failed', failure: 'not-serializable', isUnsaved: true }],
  ['failed commit-failed', { saved: 'failed', failure: 'error', isUnsaved: true }],
  ['not-saved header-not-returned', { saved: 'done' }],
  ['not-saved not-committed', { isUnsaved: true }],
];

export const REACT_ROUTER_CASES: Cases<ReactRouterFacts> = [
  ['record pending response-pending', { isUndecided: true }],
  ['record none not-accessed', { isOpened: false }],
  ...REACT_ROUTER_LOST.map(([row, facts]) => [`record ${row}`, facts] as const),
  ['record saved committed', { saved: 'done', kind: 'id' }],
  ['record deleted destroyed', { isDestroyed: true, setCookie }],
  ['record deleted destroyed', { isDestroyed: true, kind: 'id', setCookie }],
  ['record saved changed-after-commit', { saved: 'done', isUnsaved: true, setCookie }],
  ['record saved new-session', { saved: 'done', isNew: true, sent: undefined, setCookie }],
  ['record missing refused', { isNew: true, sent: 'refused' }],
  ['record missing no-record', { isNew: true, isMissing: true, kind: 'id' }],
  ['record none new-and-empty', { isNew: true, sent: undefined }],
  ['record unchanged unmodified', {}],
  ['cookie pending response-pending', { isUndecided: true }],
  ['cookie none not-accessed', { isOpened: false }],
  ['cookie expired cleared', { isDestroyed: true, setCookie }],
  ['cookie set committed', { saved: 'done', setCookie }],
  ...REACT_ROUTER_LOST.map(([row, facts]) => [`cookie not-set ${row.split(' ')[1]!}`, facts] as const),
  ['cookie none new-and-empty', { isNew: true, sent: undefined }],
  ['cookie none kept', {}],
];
