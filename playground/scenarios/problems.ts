/** The problems that this project exists for, by number, and what stands for each: `docs/problems.md` is made from it. */

export interface ProblemRow {
  /** In the order of how often and how badly they hurt, as public threads tell. */
  readonly number: number | '+';
  readonly problem: string;
  /** Ids of the scenarios that stage it. */
  readonly scenarios: readonly string[];
  /** Ids of the rules that name it. */
  readonly rules: readonly string[];
  /** What has no scenario or no rule, and why. */
  readonly why?: string;
}

const row = (
  number: ProblemRow['number'],
  problem: string,
  scenarios: readonly string[],
  rules: readonly string[] = scenarios,
  why?: string,
): ProblemRow => ({ number, problem, scenarios, rules, ...(why === undefined ? {} : { why }) });

export const PROBLEM_ROWS: readonly ProblemRow[] = [
  row(1, 'Lost update between requests at once', ['lost-update'], ['lost-update', 'sealed-fork']),
  row(
    2,
    'Cookie never set',
    ['cookie-not-set', 'streaming'],
    ['cookie-not-set', 'cookie-refused', 'cookie-not-returned'],
  ),
  row(3, 'Cookie not sent back: a new session for each request', ['cookie-not-returned']),
  row(4, 'Redirect arrives before the save', ['redirect-before-save']),
  row(5, 'Nested change not saved', ['nested-not-saved'], ['nested-change-not-saved']),
  row(
    6,
    'Logout undone by a save at the same time',
    ['logout-undone', 'session-interrupted'],
    ['logout-undone', 'sealed-logout-undone', 'session-interrupted'],
  ),
  row(7, 'OAuth state missing on the callback', ['oauth-state-missing']),
  row(
    8,
    'Expiry confusion: cookie, session and store end at three times',
    ['cookie-never-refreshed', 'record-never-refreshed'],
    ['cookie-never-refreshed', 'record-never-refreshed', 'cookie-outlives-record', 'expired-record-loads'],
    'A store that ends records by a setting of its own is no scenario: it takes a Redis.',
  ),
  row(9, 'Ports of localhost share cookies', ['port-shares-cookie']),
  row(10, 'Two cookies of one name', ['duplicate-cookie']),
  row(11, 'A restart or another secret logs everyone out', ['restart-lost-sessions', 'signature-invalid']),
  row(12, 'Saved too often, and empty sessions kept', ['empty-sessions-saved', 'saved-unchanged']),
  row(13, 'Cookie over 4,096 bytes', ['cookie-too-large']),
  row(
    14,
    'Data vanishes at the login, or the key stays',
    ['data-lost-at-login', 'key-kept-at-login'],
    ['data-dropped-at-rotation', 'key-kept-at-login'],
  ),
  row(
    15,
    'Saved, and the response lacks the cookie',
    ['set-cookie-lost', 'set-cookie-wiped'],
    ['set-cookie-lost', 'cookie-not-set'],
  ),
  row(
    '+',
    'A value that cannot be stored; nothing saved with a 500; CSRF secret and session differ',
    ['unfit-value', 'server-error', 'csrf-secret-differs'],
    ['not-serializable', 'not-saved-with-error', 'csrf-secret-differs'],
  ),
  row(
    17,
    'A change inside a list is lost since an upgrade of the library',
    ['nested-not-saved'],
    ['nested-change-not-saved'],
    'Which version of Starlette began it is not looked for: the change is named, and so is the line.',
  ),
  row(18, 'The server asks itself without the cookie', ['self-request-without-cookie']),
  row(19, 'An answer that only read writes the sealed cookie back', ['reader-rewrites-cookie'], ['sealed-fork']),
  row(20, 'Changed and never committed', ['never-committed']),
  row(
    21,
    'A prefetch logs out or uses up',
    ['prefetch-logs-out', 'prefetch-writes'],
    ['get-changes-login', 'prefetch-writes'],
  ),
  row(22, 'Another Set-Cookie wiped the header', ['set-cookie-wiped'], ['cookie-not-set', 'set-cookie-lost']),
  row(23, 'Requests at once while the key rotates', ['rotation-race']),
  row(24, 'OAuth answer by a POST from another site', ['cross-site-post']),
  row(25, 'Logged out by a cleared cache', ['records-vanished']),
  row(
    26,
    'Workers with stores or secrets of their own',
    ['workers-without-shared-store', 'workers-with-own-secrets'],
    ['workers-without-shared-store', 'signature-invalid'],
  ),
  row(
    27,
    'The store is down, and there is no session and no error',
    ['store-disconnected'],
    ['store-disconnected', 'store-failed'],
  ),
  row(28, 'Login loop', ['login-loop']),
  row(29, 'Sessions and shared caches', ['cacheable-set-cookie', 'cacheable-without-vary']),
  row(30, 'localhost and 127.0.0.1 are two sessions', ['second-host']),
  row(31, 'Another type next time', ['another-type-next-time'], ['store-changes-value']),
  row(32, 'Logout leaves the cookie', ['logout-leaves-cookie']),
  row(33, 'One of the three clocks never moves', ['record-never-refreshed', 'cookie-never-refreshed']),
  row(
    34,
    'Changed after the head or after the response',
    ['change-after-response', 'streaming'],
    ['change-after-response', 'cookie-not-set'],
  ),
  row(
    35,
    'A WebSocket holds the session of its handshake',
    ['socket-writes-old-copy'],
    ['lost-update', 'logout-undone'],
  ),
  row(
    36,
    'Health checks and static files fill or touch the store',
    ['health-checks-fill-store', 'static-files-load'],
    ['cookie-not-returned', 'static-files-load'],
  ),
  row(37, 'Each response saves though nothing changed', ['saved-unchanged']),
  row(
    38,
    'A library logs out by itself',
    [],
    ['password-hash-differs'],
    'No Node library here ends a session by itself. Django does when the password was changed: the rule is about that.',
  ),
  row(
    39,
    'A revoked session is served from a cookie cache',
    [],
    ['revoked-session-served'],
    'Of the libraries with a companion better-auth alone has such a cache, and no scenario has a host for it yet.',
  ),
  row(40, 'Tests share one session', ['session-of-two-clients']),
  row(41, 'Flash message taken by another request', ['flash-eaten']),
  row(42, 'Two Set-Cookie lines of one name', ['cookie-set-twice'], ['cookie-set-twice', 'set-cookie-lost']),
  row(43, 'Another account in another tab: a stale page writes', ['stale-page-writes']),
  row(
    44,
    'A partitioned cookie of a frame is another session',
    [],
    [],
    'It needs two sites over https and a real jar: Cookie & expiry shows the partition of each cookie, and no rule concludes from it.',
  ),
];
