/** What the panel says of each scenario on Python, broken: by library, the finding that names the bug. */
import type { PythonLibrary } from '../../playground/scenarios/scenario.ts';
import type { Named } from './scenario-findings.ts';

export interface Found extends Named {
  /** The lines of the app that it names, as they stand in the scenario's Python. */
  lines?: readonly string[];
}

const named = <Name extends PythonLibrary>(libraries: readonly Name[], finding: Found) =>
  Object.fromEntries(libraries.map((library) => [library, finding])) as Record<Name, Found>;
const STORES = ['django', 'flask-session'] as const;
const COOKIES = ['starlette', 'flask'] as const;
const ALL = [...STORES, ...COOKIES];

const CART = { request: '/coupon', key: 'cart', lines: ['context.session["cart"] = cart'] };
const LOGOUT = { request: '/autosave', lines: ['context.session["draft"] = "half a sentence"', 'context.end()'] };

/** What each scenario is called, by library; a scenario that is not here fails the test. */
export const NAMED: Readonly<Record<string, Partial<Record<PythonLibrary, Found>>>> = {
  'lost-update': {
    ...named(STORES, { rule: 'lost-update', ...CART }),
    ...named(COOKIES, { rule: 'sealed-fork', ...CART }),
  },
  // Whether the browser took it, only a browser can say: without one it is a note, and no line did it.
  'cookie-not-set': named(ALL, { rule: 'cookie-not-returned', request: '/' }),
  'nested-not-saved': named(ALL, {
    rule: 'nested-change-not-saved',
    request: '/',
    key: 'tags',
    lines: ['tags = context.session["tags"]'],
  }),
  streaming: named(ALL, {
    rule: 'change-after-response',
    request: '/download',
    key: 'downloads',
    lines: ['context.session["downloads"] = context.session.get("downloads", 0) + 1'],
  }),
  'logout-undone': {
    'flask-session': { rule: 'logout-undone', ...LOGOUT },
    ...named(COOKIES, { rule: 'sealed-logout-undone', ...LOGOUT }),
  },
  'session-interrupted': {
    django: { rule: 'session-interrupted', ...LOGOUT, lines: LOGOUT.lines.toReversed() },
  },
  'key-kept-at-login': named(STORES, {
    rule: 'key-kept-at-login',
    request: '/login',
    key: 'user',
    lines: ['context.session["user"] = "john"'],
  }),
  'cookie-too-large': named(['django-signed-cookies', ...COOKIES], {
    rule: 'cookie-too-large',
    request: '/rows',
    lines: ['context.session["rows"] = ROWS'],
  }),
  'another-type-next-time': named(['django', ...COOKIES], {
    rule: 'store-changes-value',
    request: '/',
    key: 'at',
    lines: ['context.session["at"] = OPENS'],
  }),
  'unfit-value': named(['django', ...COOKIES], {
    rule: 'not-serializable',
    request: '/',
    key: 'ordered',
    lines: ['context.session["ordered"] = Order(4711)'],
  }),
  'server-error': named(['django'], {
    rule: 'not-saved-with-error',
    request: '/',
    key: 'draft',
    lines: ['context.session["draft"] = "half a sentence"'],
  }),
};
