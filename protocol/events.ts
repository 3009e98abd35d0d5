/**
 * What a companion tells: one discriminated union, in past-tense kebab names. The schemas are the single source:
 * types are inferred from them. `docs/protocol.md` gives each field's meaning, unit and bounds.
 */
import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { encodedValue, keyPath } from './values.ts';

const name = v.pipe(v.string(), v.maxLength(LIMITS.nameLength));
const sentence = v.pipe(v.string(), v.maxLength(LIMITS.sentenceLength));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Epoch milliseconds, fractions allowed. */
const instant = v.pipe(v.number(), v.finite());
/** Milliseconds, fractions allowed, never negative. */
const duration = v.pipe(v.number(), v.finite(), v.minValue(0));

/** How a session is named on the wire and on screen: 12 hex digits of a keyed hash of its key. */
export const fingerprint = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));
/** 128 random bits: to know it proves having seen the response. */
export const exchangeId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
/** One life of a companion process. */
export const epochId = v.pipe(v.string(), v.regex(/^[0-9a-z]{8,32}$/));
/** Position in an epoch's log: starts at 1, grows by one with each event. */
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** 12 hex digits of a keyed hash: equal digests, equal content. */
export const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));

export const OPERATIONS = [
  'load',
  'create',
  'get',
  'set',
  'delete',
  'clear',
  'flush',
  'cycle-key',
  'set-expiry',
  'touch',
  'save',
  'expire',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

export const ACTORS = ['app', 'framework', 'panel', 'background'] as const;
export type Actor = (typeof ACTORS)[number];

const frame = v.object({
  /** Relative to the project's root, with `/`; `../` where it lies outside; `node_modules/…` for a library. */
  file: v.pipe(v.string(), v.maxLength(1024)),
  /** From 1. */
  line: count,
  /** From 1. */
  column: v.exactOptional(count),
  function: v.exactOptional(name),
  /** `app`: the project's own code. `library`: below node_modules or site-packages, or the runtime. */
  kind: v.picklist(['app', 'library']),
});
export type Frame = v.InferOutput<typeof frame>;

const source = v.object({
  /** Nearest first; empty where `omitted` says why. */
  frames: v.pipe(v.array(frame), v.maxLength(LIMITS.frames)),
  /** `budget`: more sources were asked for in this second than are taken. `unavailable`: no frame was found. */
  omitted: v.exactOptional(v.picklist(['budget', 'unavailable'])),
});
export type Source = v.InferOutput<typeof source>;

const expiry = v.object({
  /** When the browser drops the cookie; `null`: when it closes. Absent: not known. */
  cookieAt: v.exactOptional(v.nullable(instant)),
  /** When the session says of itself that it ends; `null`: it names no end. */
  sessionAt: v.exactOptional(v.nullable(instant)),
  /** When the store drops the record; `null`: never by itself. */
  storeAt: v.exactOptional(v.nullable(instant)),
  /** What decided `storeAt`: "cookie.maxAge", "ttl option", "SESSION_COOKIE_AGE". */
  storeFrom: v.exactOptional(name),
});
/** The three clocks. */
export type Expiry = v.InferOutput<typeof expiry>;

const logged = { epoch: epochId, seq, at: instant };

export const exchangeStarted = v.object({
  type: v.literal('exchange-started'),
  ...logged,
  exchange: exchangeId,
  /** Which observed session middleware: an index into `epoch-started`'s `middlewares`. */
  middleware: count,
  method: name,
  /** Without the query, which may hold secrets. */
  path: v.pipe(v.string(), v.maxLength(1024)),
  protocol: v.picklist(['http', 'https']),
  cookie: v.object({
    name,
    /** How many cookies of that name the request carried. */
    sent: count,
    /** Of the one that the library took. */
    fingerprint: v.exactOptional(fingerprint),
    /** `unsigned`: the library does not sign. `malformed`: no key can be read from it. */
    signature: v.exactOptional(v.picklist(['valid', 'invalid', 'unsigned', 'malformed'])),
  }),
});
export type ExchangeStarted = v.InferOutput<typeof exchangeStarted>;

export const operationRecorded = v.object({
  type: v.literal('operation-recorded'),
  ...logged,
  /** `null`: the background. */
  exchange: v.nullable(exchangeId),
  /** Milliseconds since the exchange started, on a monotonic clock. */
  offsetMs: v.exactOptional(duration),
  session: v.nullable(fingerprint),
  operation: v.picklist(OPERATIONS),
  /** The library's own word: `regenerate`, `pop`, `in`, `cookie.maxAge=`. */
  call: name,
  actor: v.picklist(ACTORS),
  /** Top-level key, or the way to a nested one. */
  path: v.exactOptional(keyPath),
  before: v.exactOptional(encodedValue),
  after: v.exactOptional(encodedValue),
  /** The whole session after this operation (`load`, `create`, `cycle-key`, `clear`, `save` where it is not known). */
  state: v.exactOptional(encodedValue),
  /** `get`: the key was there. `load`: see `outcome`. */
  hit: v.exactOptional(v.boolean()),
  /** How it went: a load `found missing expired invalid-signature none-sent error`; store writes `done error`. */
  outcome: v.exactOptional(name),
  /** Found by comparison at a checkpoint, not seen as it happened. */
  inferred: v.exactOptional(v.boolean()),
  /** The event of the `get` that handed the changed value out. */
  via: v.exactOptional(seq),
  source: v.exactOptional(source),
  /** How long the library waited for the store. */
  durationMs: v.exactOptional(duration),
  /** Bytes of the record as the store holds it, or as JSON where the store serializes by itself. */
  bytes: v.exactOptional(count),
  /** Top-level keys in the session after it. */
  keys: v.exactOptional(count),
  /** Of the record's content: two records are the same if their digests are. */
  digest: v.exactOptional(digest),
  /** Lineage: `cycle-key`, `flush` and sealed saves. `null`: no session on that side. */
  from: v.exactOptional(v.nullable(fingerprint)),
  to: v.exactOptional(v.nullable(fingerprint)),
  expiryBefore: v.exactOptional(expiry),
  expiry: v.exactOptional(expiry),
  /** Why the library did it: `rolling`, `resave`, `modified`. */
  reason: v.exactOptional(name),
  error: v.exactOptional(v.object({ name, message: sentence })),
});
export type OperationRecorded = v.InferOutput<typeof operationRecorded>;

export const RECORD_OUTCOMES = [
  'saved',
  'touched',
  'unchanged',
  'deleted',
  'missing',
  'not-saved',
  'failed',
  'none',
] as const;
export const COOKIE_OUTCOMES = ['set', 'expired', 'not-set', 'none'] as const;

const decision = {
  /** Kebab code, stable for one library: `unmodified`, `secure-over-http`. */
  reason: name,
  /** The reason in plain words, whole sentences. */
  text: sentence,
  /** The setting that decided, as written in code: `saveUninitialized: false`. */
  setting: v.exactOptional(name),
  /** What to do, where there is something to do. */
  mend: v.exactOptional(sentence),
};

export const verdict = v.object({
  record: v.object({ outcome: v.picklist(RECORD_OUTCOMES), ...decision }),
  cookie: v.object({
    outcome: v.picklist(COOKIE_OUTCOMES),
    ...decision,
    /** A cookie was due: the next request can't carry this session without it. */
    due: v.exactOptional(v.boolean()),
    /** What Set-Cookie said, value left out. */
    attributes: v.exactOptional(
      v.object({
        name,
        path: v.exactOptional(name),
        domain: v.exactOptional(name),
        maxAge: v.exactOptional(v.number()),
        expiresAt: v.exactOptional(instant),
        httpOnly: v.boolean(),
        secure: v.boolean(),
        sameSite: v.exactOptional(v.picklist(['strict', 'lax', 'none'])),
        partitioned: v.exactOptional(v.boolean()),
        /** Of the whole `name=value`, as the browser counts towards 4096. */
        bytes: count,
      }),
    ),
  }),
});
export type Verdict = v.InferOutput<typeof verdict>;

export const exchangeFinished = v.object({
  type: v.literal('exchange-finished'),
  ...logged,
  exchange: exchangeId,
  /** Absent where the connection closed before a status was sent. */
  status: v.exactOptional(count),
  durationMs: duration,
  /** `aborted`: the connection closed before the response was whole. */
  ending: v.picklist(['completed', 'aborted']),
  sessionBefore: v.nullable(fingerprint),
  sessionAfter: v.nullable(fingerprint),
  verdict,
  expiry: v.exactOptional(expiry),
  /** How often the companion itself failed in this exchange. */
  faults: v.exactOptional(count),
});
export type ExchangeFinished = v.InferOutput<typeof exchangeFinished>;

export const snapshotTaken = v.object({
  type: v.literal('snapshot-taken'),
  ...logged,
  session: fingerprint,
  exchange: v.nullable(exchangeId),
  /** `memory`: the session object of an open exchange. `store`: a pure read at `at`. */
  view: v.picklist(['memory', 'store']),
  /** Absent: there is no record. */
  state: v.exactOptional(encodedValue),
  bytes: v.exactOptional(count),
  digest: v.exactOptional(digest),
  expiry: v.exactOptional(expiry),
});
export type SnapshotTaken = v.InferOutput<typeof snapshotTaken>;

export const gapOpened = v.object({
  type: v.literal('gap-opened'),
  epoch: epochId,
  /** Of the last event lost: reading goes on after it. */
  seq,
  at: instant,
  /** Of the first event lost. */
  fromSeq: seq,
  /** Events lost, of which a holder might not have been shown all. */
  count,
  /** `evicted`: the log is bounded. `slow-reader`: this reader's queue was full. `unknown-position`: asked for a place after this epoch's end. */
  cause: v.picklist(['evicted', 'slow-reader', 'unknown-position']),
});
export type GapOpened = v.InferOutput<typeof gapOpened>;

const middleware = v.object({
  library: name,
  libraryVersion: name,
  /** Where it is mounted; absent until a request has shown it. */
  mount: v.exactOptional(v.pipe(v.string(), v.maxLength(LIMITS.pathLength))),
  cookieName: name,
  /** The store's or engine's own name: `MemoryStore`, `RedisStore`, `db`. */
  store: name,
  /** Options that decide, as written in code, secrets left out: `{"resave": "false", "cookie.maxAge": "60000"}`. */
  settings: v.record(name, sentence),
});
export type Middleware = v.InferOutput<typeof middleware>;

export const epochStarted = v.object({
  type: v.literal('epoch-started'),
  ...logged,
  app: name,
  /** The project's name, for people. */
  project: name,
  /** The project's root on the server's disk: editor links lie below it. */
  root: v.exactOptional(v.pipe(v.string(), v.maxLength(1024))),
  /** `node 24.21.0`, `python 3.11.7`. */
  runtime: name,
  framework: v.exactOptional(name),
  middlewares: v.array(middleware),
  /** Set where other processes serve this app and their events are not in this log. */
  partial: v.exactOptional(sentence),
});
/**
 * First event of an epoch, and again, with a `seq` of its own, when a middleware was added: the newest one holds. Before a
 * gap that swallowed it, it is told again with the `seq` that it had.
 */
export type EpochStarted = v.InferOutput<typeof epochStarted>;

export const faultNoted = v.object({
  type: v.literal('fault-noted'),
  ...logged,
  exchange: v.nullable(exchangeId),
  /** Which hook of the companion failed. */
  where: name,
  message: sentence,
  /** Faults since the epoch started. */
  total: count,
});
/** The companion's own fault, which did not reach the app. */
export type FaultNoted = v.InferOutput<typeof faultNoted>;

export const event = v.variant('type', [
  epochStarted,
  exchangeStarted,
  operationRecorded,
  exchangeFinished,
  snapshotTaken,
  gapOpened,
  faultNoted,
]);
export type SessionscopeEvent = v.InferOutput<typeof event>;
