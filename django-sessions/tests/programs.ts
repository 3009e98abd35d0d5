/** Random programs of requests and session operations, as data: what both sides are instructed to do. */
import * as fc from 'fast-check';
import type { SessionsOptions } from '../src/sessions.ts';

export type Step = readonly [name: string, ...args: unknown[]];

export interface RequestPlan {
  steps: Step[];
  status: number;
  raises: boolean;
  streams: boolean;
  vary: string | null;
  method: 'GET' | 'POST' | 'HEAD';
  /** `jar`: as a browser would; else something that no browser should send. */
  cookie: 'jar' | 'none' | 'first' | 'tampered' | 'short' | 'empty' | 'unknown' | 'odd' | 'twice' | 'quoted';
  /** In the shared run: who answers. */
  byDjango: boolean;
}

export interface Program {
  settings: Record<string, unknown>;
  requests: RequestPlan[];
}

/** Where a step that asks whether a record exists has no key to ask for. */
export const UNKNOWN_KEY = 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz';

const KEYS = ['username', 'cart', '_auth_user_id', 'ü', '0'] as const;
const key = fc.constantFrom(...KEYS);
const value = fc.oneof(
  fc.constantFrom<unknown>('john_doe', true, false, null, 0, 1, -1, 1.5, '', [], {}, [1, ['two'], { three: 3 }]),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.integer(),
  fc.string({ minLength: 100, maxLength: 300 }),
);
const named = (...names: string[]) => fc.constantFrom(...names).map((name): Step => [name]);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('set'), key, value) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('get'), key, value) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('get', 'require', 'delete', 'pop', 'has', 'nested'), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('pop', 'setDefault'), key, value) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('update'), fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true })),
  },
  { weight: 3, arbitrary: named('keys', 'values', 'entries', 'isEmpty', 'accessed', 'modified', 'hasKey', 'load') },
  { weight: 2, arbitrary: named('clear', 'flush', 'cycleKey', 'save', 'create') },
  { weight: 1, arbitrary: named('exists', 'deleteRecord', 'saveNew', 'getExpiryDate', 'setUnserializable') },
  { weight: 1, arbitrary: named('setTestCookie', 'testCookieWorked', 'deleteTestCookie') },
  { weight: 2, arbitrary: named('getExpiryAge', 'getExpireAtBrowserClose') },
  { weight: 2, arbitrary: fc.tuple(fc.constant('setExpiry'), fc.constantFrom(null, 0, 300, 86_400, -5, 600.5)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setExpiryDate'), fc.constantFrom(600, 100_000, -600)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setModified'), fc.boolean()) },
) as fc.Arbitrary<Step>;

/**
 * Ours refuses to make a record under a key that a client invented; Django's `save(must_create=True)` makes one. See
 * `claimed-keys.test.ts`.
 */
const withoutAdoption = (plan: RequestPlan): RequestPlan =>
  plan.cookie === 'odd' ? { ...plan, steps: plan.steps.filter(([name]) => name !== 'saveNew') } : plan;

const requestPlan: fc.Arbitrary<RequestPlan> = fc
  .record({
    steps: fc.array(step, { maxLength: 6 }),
    status: fc.constantFrom(200, 200, 200, 200, 302, 404, 500, 503),
    raises: fc.nat(15).map((roll) => roll === 0),
    streams: fc.nat(5).map((roll) => roll === 0),
    vary: fc.constantFrom(null, null, null, 'Accept-Language', 'cookie', '*', 'Accept, Cookie'),
    method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
    cookie: fc.oneof(
      { weight: 12, arbitrary: fc.constant('jar' as const) },
      {
        weight: 4,
        arbitrary: fc.constantFrom('none', 'first', 'tampered', 'short', 'empty', 'unknown', 'odd', 'twice', 'quoted'),
      },
    ),
    byDjango: fc.boolean(),
  })
  .map(withoutAdoption);

/** Django's settings; ours are made of them. */
const settings = fc.record(
  {
    SESSION_SAVE_EVERY_REQUEST: fc.constant(true),
    SESSION_EXPIRE_AT_BROWSER_CLOSE: fc.constant(true),
    SESSION_COOKIE_AGE: fc.constantFrom(60, 31_536_000),
    SESSION_COOKIE_PATH: fc.constant('/run'),
    SESSION_COOKIE_DOMAIN: fc.constant('example.test'),
    SESSION_COOKIE_SECURE: fc.constant(true),
    SESSION_COOKIE_HTTPONLY: fc.constant(false),
    SESSION_COOKIE_SAMESITE: fc.constantFrom('Strict', 'None', false),
    /** For `USE_TZ = False`. */
    TIME_ZONE: fc.constantFrom('America/St_Johns', 'Asia/Tokyo'),
  },
  { requiredKeys: [] },
);

/** As Django's settings say: a time zone counts where times are kept in it. */
export const djangoSettings = (settings: Record<string, unknown>): string =>
  JSON.stringify('TIME_ZONE' in settings ? { ...settings, USE_TZ: false } : settings);

export const program: fc.Arbitrary<Program> = fc.record({
  settings: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: settings }),
  requests: fc.array(requestPlan, { minLength: 2, maxLength: 8 }),
});

export const OPTIONS: Record<string, keyof SessionsOptions> = {
  SESSION_SAVE_EVERY_REQUEST: 'saveEveryRequest',
  SESSION_EXPIRE_AT_BROWSER_CLOSE: 'expireAtBrowserClose',
  SESSION_COOKIE_AGE: 'cookieAge',
  SESSION_COOKIE_PATH: 'cookiePath',
  SESSION_COOKIE_DOMAIN: 'cookieDomain',
  SESSION_COOKIE_SECURE: 'cookieSecure',
  SESSION_COOKIE_HTTPONLY: 'cookieHttpOnly',
  SESSION_COOKIE_SAMESITE: 'cookieSameSite',
  TIME_ZONE: 'timeZone',
};
