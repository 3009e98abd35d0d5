/** What the panel says of each scenario, broken: by library, the finding that names the bug. */
import { LIBRARIES, type LibraryName, SEALED, STORED } from '../../playground/scenarios/scenario.ts';

export interface Named {
  rule: string;
  /** Path of the request that the finding stands at. */
  request: string;
  /** The key that its sentence names. */
  key?: string;
}

const each = <Of = Named>(libraries: readonly LibraryName[], of: Of): Partial<Record<LibraryName, Of>> =>
  Object.fromEntries(libraries.map((library) => [library, of]));
/** Of those that keep a record in a store. */
const SAME = (named: Named) => each(STORED, named);
/** Of those whose cookie is the record. */
const SEALS = (named: Named) => each(SEALED, named);

/** What each scenario is called, by library; a scenario that is not here fails the test. */
export const NAMED: Readonly<Record<string, Partial<Record<LibraryName, Named>>>> = {
  'lost-update': {
    ...SAME({ rule: 'lost-update', request: '/coupon', key: 'cart' }),
    ...SEALS({ rule: 'sealed-fork', request: '/coupon', key: 'cart' }),
  },
  'cookie-not-set': {
    // Of what the browser took there is no word: it is seen by what comes next.
    ...each(LIBRARIES, { rule: 'cookie-not-returned', request: '/' }),
    ...each(['express-session', 'cookie-session', 'koa-session', 'koa-session with a store', 'fastify-session'], {
      rule: 'cookie-not-set',
      request: '/',
    }),
  },
  'redirect-before-save': each(['express-session'], { rule: 'redirect-before-save', request: '/', key: 'orders' }),
  'nested-not-saved': each(['django-sessions', 'fastify-secure-session'], {
    rule: 'nested-change-not-saved',
    request: '/',
    key: 'tags',
  }),
  streaming: {
    'express-session': { rule: 'cookie-not-set', request: '/download' },
    'django-sessions': { rule: 'change-after-response', request: '/download', key: 'downloads' },
    'cookie-session': { rule: 'change-after-response', request: '/download', key: 'downloads' },
    'iron-session': { rule: 'cookie-not-set', request: '/download' },
  },
  'logout-undone': {
    ...SAME({ rule: 'logout-undone', request: '/autosave' }),
    ...SEALS({ rule: 'sealed-logout-undone', request: '/autosave' }),
  },
  'session-interrupted': each(['django-sessions'], { rule: 'session-interrupted', request: '/autosave' }),
  'cookie-too-large': {
    ...SEALS({ rule: 'cookie-too-large', request: '/rows' }),
    // They refuse to save.
    ...each(['iron-session', 'react-router'], { rule: 'cookie-not-set', request: '/rows' }),
  },
  'key-kept-at-login': SAME({ rule: 'key-kept-at-login', request: '/login', key: 'user' }),
  'data-lost-at-login': SAME({ rule: 'data-dropped-at-rotation', request: '/login', key: 'cart' }),
  'empty-sessions-saved': SAME({ rule: 'empty-sessions-saved', request: '/' }),
  'another-type-next-time': each(LIBRARIES, { rule: 'store-changes-value', request: '/', key: 'at' }),
  'unfit-value': {
    ...SAME({ rule: 'not-serializable', request: '/' }),
    'cookie-session': { rule: 'not-serializable', request: '/' },
  },
  'server-error': SAME({ rule: 'not-saved-with-error', request: '/', key: 'draft' }),
  'cookie-not-returned': each(LIBRARIES, { rule: 'cookie-not-returned', request: '/api' }),
  'oauth-state-missing': each(LIBRARIES, {
    rule: 'oauth-state-missing',
    request: '/auth/callback',
    key: 'oauth_state',
  }),
  'cookie-never-refreshed': SAME({ rule: 'cookie-never-refreshed', request: '/work' }),
  'port-shares-cookie': SAME({ rule: 'port-shares-cookie', request: '/' }),
  'duplicate-cookie': SAME({ rule: 'duplicate-cookie', request: '/shop/cart' }),
  'restart-lost-sessions': SAME({ rule: 'restart-lost-sessions', request: '/' }),
  'signature-invalid': each(LIBRARIES, { rule: 'signature-invalid', request: '/' }),
  'set-cookie-lost': each(LIBRARIES, { rule: 'set-cookie-lost', request: '/login' }),
  // The library's own word says that its header was not on the response.
  'set-cookie-wiped': SEALS({ rule: 'cookie-not-set', request: '/login' }),
  'rotation-race': SAME({ rule: 'rotation-race', request: '/poll' }),
  'cross-site-post': SAME({ rule: 'cross-site-post', request: '/auth/answer' }),
  'records-vanished': each(['express-session'], { rule: 'records-vanished', request: '/' }),
  'workers-without-shared-store': SAME({ rule: 'workers-without-shared-store', request: '/' }),
  'login-loop': each(LIBRARIES, { rule: 'login-loop', request: '/login' }),
  'cacheable-set-cookie': SAME({ rule: 'cacheable-set-cookie', request: '/' }),
  'second-host': each(LIBRARIES, { rule: 'second-host', request: '/' }),
  'logout-leaves-cookie': SAME({ rule: 'logout-leaves-cookie', request: '/app/home' }),
  'change-after-response': each(LIBRARIES, { rule: 'change-after-response', request: '/order', key: 'orders' }),
  'prefetch-logs-out': each(LIBRARIES, { rule: 'get-changes-login', request: '/logout' }),
  'prefetch-writes': each(LIBRARIES, { rule: 'prefetch-writes', request: '/orders', key: 'message' }),
  'never-committed': SEALS({ rule: 'never-committed', request: '/theme', key: 'theme' }),
  'self-request-without-cookie': each(['h3 1'], { rule: 'self-request-without-cookie', request: '/api/me' }),
  'reader-rewrites-cookie': each(['koa-session'], { rule: 'sealed-fork', request: '/news', key: 'theme' }),
  'saved-unchanged': each(['express-session'], { rule: 'saved-unchanged', request: '/' }),
  'socket-writes-old-copy': each(['express-session'], { rule: 'lost-update', request: '/socket', key: 'cart' }),
  'cookie-set-twice': SEALS({ rule: 'cookie-set-twice', request: '/login' }),
  'store-disconnected': each(['express-session'], { rule: 'store-disconnected', request: '/' }),
  'csrf-secret-differs': SAME({ rule: 'csrf-secret-differs', request: '/transfer', key: 'csrfSecret' }),
  'session-of-two-clients': SAME({ rule: 'session-of-two-clients', request: '/' }),
  'flash-eaten': each(LIBRARIES, { rule: 'flash-eaten', request: '/orders', key: 'flash' }),
  'cacheable-without-vary': each(LIBRARIES, { rule: 'cacheable-without-vary', request: '/', key: 'user' }),
  'record-never-refreshed': each(['express-session'], { rule: 'record-never-refreshed', request: '/work' }),
  'stale-page-writes': SAME({ rule: 'stale-page-writes', request: '/notes' }),
  'workers-with-own-secrets': SEALS({ rule: 'signature-invalid', request: '/' }),
  'health-checks-fill-store': each(['express-session'], { rule: 'cookie-not-returned', request: '/health' }),
  'static-files-load': each(['express-session'], { rule: 'static-files-load', request: '/favicon.ico' }),
};

type Decided = readonly [broken: string, fixed: string];

/** What the ASVS sheet says of a scenario, broken and fixed, by library; each bug of a requirement is here. */
export const DECIDED: Readonly<Record<string, { requirement: string; by: Partial<Record<LibraryName, Decided>> }>> = {
  'key-kept-at-login': { requirement: '7.2.4', by: each<Decided>(STORED, ['unmet', 'met']) },
  'logout-undone': {
    requirement: '7.4.1',
    by: {
      ...each<Decided>(['express-session', 'fastify-session'], ['unmet', 'met in part']),
      'koa-session with a store': ['unmet', 'not tested'],
      // No logout takes back a copy of a cookie that is the session.
      ...each<Decided>(SEALED, ['unmet', 'unmet']),
    },
  },
  'cookie-too-large': {
    requirement: '3.3.5',
    by: {
      ...each<Decided>(SEALED, ['unmet', 'met']),
      // They set none that is too large.
      ...each<Decided>(['iron-session', 'react-router'], ['not tested', 'met']),
    },
  },
};
