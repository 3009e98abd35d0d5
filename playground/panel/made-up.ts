/** What no recording has: every kind of value that the wire knows, and a companion that writes markup everywhere. */
import type { PanelModel } from '../../model/index.ts';
import type { EncodedValue, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';

/** Epoch ms: where the page's clock stands. */
export const MADE_UP_AT = 1_750_000_000_000;

const EPOCH = 'madeup0001';
const EXCHANGE = 'abcdefabcdefabcdefabcdefabcdefab';
const SESSION = 'a11ce0000000';
const DIGEST = '0123456789ab';

/** One of each tag, by what it is; `cut` and `redacted` by each of their reasons. */
export const EVERY_TAG: Record<string, EncodedValue> = {
  array: { $: 'array', class: 'Uint8Array', items: [1, 2, 3], size: 3 },
  'array cut': { $: 'array', items: ['a', 'b'], size: 150 },
  accessor: { $: 'accessor' },
  bigint: { $: 'bigint', digits: '9007199254740993' },
  boolean: true,
  bytes: { $: 'bytes', class: 'Buffer', length: 2_048, head: 'AAECAwQ=' },
  'cut by bytes': { $: 'cut', kind: 'text', why: 'bytes' },
  'cut by depth': { $: 'cut', kind: 'object', size: 12, why: 'depth' },
  'cut by nodes': { $: 'cut', kind: 'array', size: 9_000, why: 'nodes' },
  cycle: { $: 'cycle', path: ['cart', 'items', 0] },
  date: { $: 'date', iso: '2026-01-02T03:04:05.000Z' },
  'date, invalid': { $: 'date', iso: null },
  error: { $: 'error', name: 'TypeError', message: 'x is not a function' },
  function: { $: 'function', name: 'toJSON' },
  map: { $: 'map', entries: [['items', 20]], size: 1 },
  null: null,
  number: 2.5,
  'number, NaN': { $: 'number', value: 'NaN' },
  'number, negative zero': { $: 'number', value: '-0' },
  object: { $: 'object', class: 'Money', entries: [['amount', 1_250]], size: 1 },
  'object with $': { $: 'object', entries: [['$', 'redacted']], size: 1 },
  opaque: { $: 'opaque', class: 'WeakMap' },
  'opaque with text': { $: 'opaque', class: 'Decimal', text: '64.50' },
  'redacted by name': { $: 'redacted', digest: DIGEST, by: 'name' },
  'redacted by shape': { $: 'redacted', digest: DIGEST, by: 'shape' },
  set: { $: 'set', items: ['beta', 'dark'], size: 2 },
  symbol: { $: 'symbol', description: 'iterator' },
  text: 'tea',
  'text, long': { $: 'text', head: 'Please ring at the side door', tail: 'thank you.', length: 3_780, digest: DIGEST },
  undefined: { $: 'undefined' },
};

export function feedEveryTag(model: PanelModel): void {
  const entries = Object.entries(EVERY_TAG);
  model.receive(
    reported('/every-tag/', [
      { operation: 'create', call: 'create', actor: 'framework', state: {} },
      ...entries.map(([key, after], index) => set([key], after, `playground/values.ts`, index + 1)),
      {
        operation: 'save',
        call: 'save',
        actor: 'framework',
        outcome: 'done',
        keys: entries.length,
        state: Object.fromEntries(entries),
      },
    ]),
  );
}

/** Runs if it is ever parsed as markup; what it sets is looked for by a test. */
export const CANARY = '<img src=x onerror="globalThis.canary=1">';

/** Markup as key, value, class, error, cookie name, file name, function, path, project, setting and verdict. */
export function feedCanaries(model: PanelModel): void {
  const own: EncodedValue = { $: 'object', class: CANARY, entries: [[CANARY, CANARY]], size: 1 };
  model.setConnection({
    pageOrigin: 'http://localhost:3000',
    permission: 'granted',
    header: 'found',
    hello: 'ok',
    listener: 'ok',
    stream: 'broken',
    streamFault: CANARY,
    companion: { project: CANARY, runtime: CANARY, libraries: [CANARY], app: CANARY },
  });
  model.receive([
    {
      type: 'epoch-started',
      epoch: EPOCH,
      seq: 1,
      at: MADE_UP_AT - 5_000,
      app: CANARY,
      project: CANARY,
      runtime: CANARY,
      framework: CANARY,
      middlewares: [
        {
          library: CANARY,
          libraryVersion: CANARY,
          cookieNames: [CANARY],
          store: CANARY,
          settings: { [CANARY]: CANARY },
        },
      ],
      partial: CANARY,
    },
    ...reported(`/${CANARY}`, [
      { operation: 'load', call: CANARY, actor: 'framework', outcome: 'found', state: { [CANARY]: own } },
      set([CANARY], CANARY, CANARY, 1),
      set([CANARY, CANARY], own, `javascript:${CANARY}`, 2),
      {
        operation: 'save',
        call: CANARY,
        actor: 'framework',
        outcome: 'error',
        error: { name: CANARY, message: CANARY },
      },
    ]),
    {
      type: 'fault-noted',
      epoch: EPOCH,
      seq: 900,
      at: MADE_UP_AT,
      exchange: EXCHANGE,
      where: CANARY,
      message: CANARY,
      total: 1,
    },
  ]);
  model.seeHarEntry({
    exchanges: [EXCHANGE],
    url: `http://localhost:3000/${CANARY}`,
    method: 'GET',
    status: 200,
    startedAt: MADE_UP_AT - 1_000,
    durationMs: 12,
    setCookies: [{ name: CANARY, valueLength: 80, attributes: `; Path=${CANARY}` }],
    fromCache: false,
    resourceType: CANARY,
  });
  model.setStoreReading({
    session: SESSION,
    store: { outcome: 'found', at: MADE_UP_AT, text: CANARY, state: { [CANARY]: own } },
    memory: [],
  });
}

type Reported = Partial<OperationRecorded> & Pick<OperationRecorded, 'operation' | 'call' | 'actor'>;

const set = (path: string[], after: EncodedValue, file: string, line: number): Reported => ({
  operation: 'set',
  call: 'set',
  actor: 'app',
  path,
  after,
  source: { frames: [{ file, line, kind: 'app', function: file }] },
});

/** One finished exchange with these operations. */
function reported(path: string, operations: readonly Reported[]): SessionscopeEvent[] {
  const startAt = MADE_UP_AT - 1_000;
  const name = path.includes('<') ? path.slice(1) : 'connect.sid';
  const reason = { reason: 'modified', text: path.slice(1), setting: path.slice(1), fix: path.slice(1) };
  const attributes = { name, path, domain: path, httpOnly: true, secure: false, bytes: 96 };
  return [
    {
      type: 'exchange-started',
      epoch: EPOCH,
      seq: 2,
      at: startAt,
      exchange: EXCHANGE,
      middleware: 0,
      method: 'GET',
      path,
      protocol: 'http',
      cookie: { name, sent: 1, fingerprint: SESSION, signature: 'valid' },
    },
    ...operations.map((operation, index): OperationRecorded => ({
      type: 'operation-recorded',
      epoch: EPOCH,
      seq: 3 + index,
      at: startAt + index,
      exchange: EXCHANGE,
      offsetMs: index,
      session: SESSION,
      ...operation,
    })),
    {
      type: 'exchange-finished',
      epoch: EPOCH,
      seq: 3 + operations.length,
      at: startAt + operations.length,
      exchange: EXCHANGE,
      status: 200,
      durationMs: operations.length,
      ending: 'completed',
      sessionBefore: SESSION,
      sessionAfter: SESSION,
      verdict: {
        record: { outcome: 'saved', ...reason },
        cookie: { outcome: 'set', ...reason, attributes },
      },
      faults: path.includes('<') ? 1 : 0,
    },
  ];
}

/** Keys that are hard to show: empty, invisible, reordering, very long. */
const ODD_KEYS: Record<string, EncodedValue> = {
  '': 'an empty key',
  'user\u202enimda': 'reorders what follows',
  'zero\u200bwidth': 'has a character that is not seen',
  ['k'.repeat(500)]: 'five hundred characters',
  שלום: 'written from right to left',
};

export function feedOddKeys(model: PanelModel): void {
  model.receive(
    reported('/odd-keys/', [
      { operation: 'load', call: 'session', actor: 'framework', outcome: 'found', state: {} },
      ...Object.entries(ODD_KEYS).map(([key, after], index) => set([key], after, 'playground/keys.ts', index + 1)),
      { operation: 'save', call: 'save', actor: 'framework', outcome: 'done', state: ODD_KEYS },
    ]),
  );
}

/** A page with its files, and a favicon that there is not. */
export function feedNoise(model: PanelModel): void {
  const [started, ...rest] = reported('/shop/', [set(['seen'], 1, 'playground/shop.ts', 1)]);
  model.receive([started!, ...rest]);
  const none = { outcome: 'none', reason: 'never-loaded', text: 'The request did not use the session.' } as const;
  ['/shop.css', '/shop.js', '/logo.svg', '/favicon.ico', '/shop/api/prices'].forEach((path, index) => {
    const exchange = (0xf0 + index).toString(16).padStart(32, '0');
    const at = MADE_UP_AT - 900 + index * 20;
    const own = { epoch: EPOCH, exchange } as const;
    model.receive([
      { ...(started as SessionscopeEvent & { type: 'exchange-started' }), ...own, seq: 100 + index * 2, at, path },
      {
        type: 'exchange-finished',
        ...own,
        seq: 101 + index * 2,
        at: at + 6,
        status: path.endsWith('.ico') ? 404 : 200,
        durationMs: 6,
        ending: 'completed',
        sessionBefore: SESSION,
        sessionAfter: SESSION,
        verdict: { record: none, cookie: { ...none } },
        faults: 0,
      },
    ]);
  });
}
