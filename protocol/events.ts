/**
 * What a companion reports: one discriminated union, in past-tense kebab names. The schemas are the single source:
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

/** How an operation went: the first six of a `load`, then those of what writes to the store; `error` of both. */
export const OPERATION_OUTCOMES = [
  'found',
  'missing',
  'expired',
  'invalid-signature',
  'none-sent',
  'unreadable',
  'done',
  'gone',
  'error',
] as const;
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number];

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
  /** `storeAt` follows no rule that is known of this store: the usual one was taken. No conclusion may be drawn from it. */
  storeAssumed: v.exactOptional(v.boolean()),
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
  /** The `Host` header, where it is one of the allowed hosts. */
  host: v.exactOptional(name),
  /** `Sec-Fetch-Site`, `Sec-Fetch-Dest`, `Sec-Purpose` (or `Purpose`) as the browser sent them. */
  site: v.exactOptional(v.picklist(['same-origin', 'same-site', 'cross-site', 'none'])),
  dest: v.exactOptional(name),
  purpose: v.exactOptional(name),
  /** Keyed hash of the user agent and the peer's address: distinguishes two clients. */
  client: v.exactOptional(digest),
  /** Which process served it, where several write one log. */
  process: v.exactOptional(name),
  /** The exchange during which this process sent this request to itself. */
  parent: v.exactOptional(exchangeId),
  /** Absent: `http`. `self`: this process asked itself. */
  kind: v.exactOptional(v.picklist(['http', 'websocket', 'self'])),
  cookie: v.object({
    /** The library's cookie; the first of several. */
    name,
    /** How many cookies of that name the request carried. */
    sent: count,
    /** Of several: which of them the library takes, in the order in which they were sent. Absent: not known. */
    taken: v.exactOptional(v.picklist(['first', 'last'])),
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
  /** The whole session in memory after this operation (`load`, `create`, `cycle-key`, `clear`, `save`). */
  state: v.exactOptional(encodedValue),
  /**
   * `save`, `create`, `cycle-key`: the record as the store holds it, decoded: what the next load will give. Absent
   * where the store's format is not known, or where nothing was written.
   */
  stored: v.exactOptional(encodedValue),
  /** `get`: the key was there. `load`: see `outcome`. */
  hit: v.exactOptional(v.boolean()),
  /**
   * How it went. Of a load `unreadable`: there is a record (or cookie) that could not be decoded, `reason` says why.
   * Of a write `gone`: the record was no longer there, and nothing was written.
   */
  outcome: v.exactOptional(v.picklist(OPERATION_OUTCOMES)),
  /** `load`: where it was answered from. */
  layer: v.exactOptional(v.picklist(['cookie', 'cache', 'store'])),
  /** `save`: the library produced a `Set-Cookie` value for the response. */
  cookieProduced: v.exactOptional(v.boolean()),
  /** Found by comparison at a checkpoint, not seen as it happened. */
  inferred: v.exactOptional(v.boolean()),
  /** The event of the `get` that handed the changed value out. */
  via: v.exactOptional(seq),
  source: v.exactOptional(source),
  /** How long the library waited for the store. */
  durationMs: v.exactOptional(duration),
  /** Bytes of the whole record as the store holds it, never of the cut encoding. Absent: not known. */
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
  /**
   * Why the library did it: `rolling`, `resave`, `modified`. Of a load that was refused: `expired`, `other-secret`,
   * `tampered`, `malformed`, `error`.
   */
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
  /** Changed without having been read, and not written: whether the record holds the same is not known. */
  'not-compared',
  'failed',
  /** The record could not be decoded, so nothing is known of what it holds. */
  'unreadable',
  /** The client went away and the app has not ended the response yet: another `exchange-finished` follows. */
  'pending',
  'none',
] as const;
export const COOKIE_OUTCOMES = ['set', 'expired', 'not-set', 'pending', 'none'] as const;

const decision = {
  /** Kebab code, stable for one library: `unmodified`, `secure-over-http`. */
  reason: name,
  /** The reason in plain words, whole sentences. */
  text: sentence,
  /** The setting that decided, as written in code: `saveUninitialized: false`. */
  setting: v.exactOptional(name),
  /** What to do, where there is something to do. */
  fix: v.exactOptional(sentence),
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
  /**
   * `aborted`: the connection closed before the response was whole. The app may continue: then the verdict says `pending`,
   * and the event comes again with a later `seq` once the app has ended the response. The newest one holds.
   */
  ending: v.picklist(['completed', 'aborted']),
  /** Milliseconds since the exchange started at which the response's head was written. */
  headAtMs: v.exactOptional(duration),
  /** `Cache-Control` and `Vary` of the response; path of `Location`, without query. */
  cacheControl: v.exactOptional(name),
  vary: v.exactOptional(name),
  location: v.exactOptional(v.pipe(v.string(), v.maxLength(1024))),
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
  /**
   * `evicted`: the log is bounded. `slow-reader`: this reader's queue was full. `unknown-position`: asked for a place
   * after this epoch's end. `refused`: made by the reader, for an event that does not fit the schema.
   */
  cause: v.picklist(['evicted', 'slow-reader', 'unknown-position', 'refused']),
});
export type GapOpened = v.InferOutput<typeof gapOpened>;

const middleware = v.object({
  library: name,
  libraryVersion: name,
  /** Where it is mounted; absent until a request has shown it. */
  mount: v.exactOptional(v.pipe(v.string(), v.maxLength(LIMITS.pathLength))),
  /** The cookies that make up one session: one, or several (`sid` and `sid.sig`, chunks). The first names it. */
  cookieNames: v.pipe(v.array(name), v.minLength(1), v.maxLength(LIMITS.cookieNames)),
  /** Whether the library saves by itself, or the app must. Absent: `automatic`. */
  commit: v.exactOptional(v.picklist(['automatic', 'explicit'])),
  /** Keyed hash of the secret that signs: distinguishes two secrets. */
  secret: v.exactOptional(digest),
  /** The store's or engine's own name: `MemoryStore`, `RedisStore`, `db`. */
  store: name,
  /** Where its records lie: in this process, and gone with it; in the cookie; outside of the process. Absent: not known. */
  recordsIn: v.exactOptional(v.picklist(['process', 'cookie', 'outside'])),
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
  /** What listens: distinguished by name and port where one recording has several servers. `port` absent: not known yet. */
  server: v.exactOptional(v.object({ name, port: v.exactOptional(count) })),
  /** What this companion records beyond the least: names of optional fields. Absent: none is promised. */
  capabilities: v.exactOptional(v.pipe(v.array(name), v.maxLength(64))),
  middlewares: v.pipe(v.array(middleware), v.maxLength(LIMITS.middlewares)),
  /** Which process this is about, where several write one log: the `process` of its exchanges. */
  process: v.exactOptional(name),
  /** Set where other processes serve this app and their events are not in this log. */
  partial: v.exactOptional(sentence),
});
/**
 * First event of an epoch, and again, with a `seq` of its own, when a middleware was added: the newest one holds, for each
 * process of the epoch. Before a gap that swallowed it, it is sent again with the `seq` that it had.
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
