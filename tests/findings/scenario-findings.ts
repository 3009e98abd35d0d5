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
  'empty-sessions-saved': { 'express-session': { rule: 'empty-sessions-saved', request: '/' } },
  'another-type-next-time': {
    ...SAME({ rule: 'store-changes-value', request: '/', key: 'at' }),
    'cookie-session': { rule: 'store-changes-value', request: '/', key: 'at' },
  },
  'unfit-value': {
    ...SAME({ rule: 'not-serializable', request: '/' }),
    'cookie-session': { rule: 'not-serializable', request: '/' },
  },
  'server-error': SAME({ rule: 'not-saved-with-error', request: '/', key: 'draft' }),
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
