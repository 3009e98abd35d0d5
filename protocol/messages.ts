/**
 * The calls of the endpoint: `POST {path}/v1/{hello,pair,session,events,value,open}`, JSON in, JSON (or, for a
 * waiting `events`, `text/event-stream`) out. `docs/protocol.md`, "Calls".
 */
import * as v from 'valibot';
import { ENDPOINT_PATH } from './endpoint-path.ts';
import { digest, epochId, event, exchangeId, fingerprint, seq } from './events.ts';
import { LIMITS } from './limits.ts';
import { encodedValue, fetchedValue, keyPath } from './values.ts';

export const PROTOCOL_VERSION = 1;
/** Bears a paired panel's proof: `keyId nonce count mac`. Not `Authorization`: apps read and log that one. The token is sent once, in the `pair` answer. */
export const PROOF_HEADER = 'sessionscope-proof';
export const CALLS = ['hello', 'pair', 'session', 'events', 'value', 'open'] as const;
export type CallName = (typeof CALLS)[number];

const name = v.pipe(v.string(), v.maxLength(LIMITS.nameLength));
const sentence = v.pipe(v.string(), v.maxLength(LIMITS.sentenceLength));
const origin = v.pipe(v.string(), v.maxLength(LIMITS.pathLength), v.regex(/^https?:\/\/[^/?#\s\\@]+$/));
const version = v.literal(PROTOCOL_VERSION);

const proofs = v.object({
  /** Raw cookies as the browser sends them, percent-encoding and signature included. */
  cookies: v.exactOptional(
    v.pipe(v.array(v.object({ name, value: v.pipe(v.string(), v.maxLength(8192)) })), v.maxLength(LIMITS.proofs)),
  ),
  exchanges: v.exactOptional(v.pipe(v.array(exchangeId), v.maxLength(LIMITS.proofs))),
});
/** What a holder may see follows from these. A paired panel sends a token and may leave them out. */
export type Proofs = v.InferOutput<typeof proofs>;

export const helloRequest = v.object({
  /** Versions that the panel speaks, best first. */
  versions: v.pipe(v.array(v.pipe(v.number(), v.safeInteger())), v.minLength(1), v.maxLength(8)),
  /** Of a panel that paired with this `app` at this origin: random, to be answered by `proof`. */
  challenge: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
  /** Which key the panel holds: the first 16 hex digits of SHA-256 of it. */
  key: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
});
export type HelloRequest = v.InferOutput<typeof helloRequest>;

export const helloAnswer = v.object({
  v: version,
  /** Echoes the `app` of the discovery header: nothing secret is sent before. */
  app: name,
  project: name,
  epoch: epochId,
  companion: v.object({ name, version: name }),
  runtime: name,
  libraries: v.pipe(
    v.array(
      v.object({
        name,
        version: name,
        cookieNames: v.pipe(v.array(name), v.minLength(1), v.maxLength(LIMITS.cookieNames)),
      }),
    ),
    v.maxLength(LIMITS.middlewares),
  ),
  /** The key that the panel named is known here. */
  paired: v.boolean(),
  /** With `challenge`: what the panel's own proofs are made over. */
  nonce: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{16,128}$/))),
  /** With `challenge`, where the key is known: HMAC that proves that the companion has it too. */
  proof: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  /** The companion's own listener on loopback; `null` where it could not be opened. */
  directListener: v.nullable(
    v.object({
      origin,
      path: v.pipe(v.string(), v.maxLength(LIMITS.pathLength), v.regex(ENDPOINT_PATH)),
    }),
  ),
  /** Why `directListener` is `null`. */
  directListenerFault: v.exactOptional(sentence),
});
export type HelloAnswer = v.InferOutput<typeof helloAnswer>;

export const pairRequest = v.object({
  v: version,
  /** Left out: print a code. */
  code: v.exactOptional(v.pipe(v.string(), v.maxLength(32))),
});
export type PairRequest = v.InferOutput<typeof pairRequest>;

export const pairAnswer = v.variant('state', [
  v.object({ state: v.literal('code-printed'), expiresInMs: v.number() }),
  v.object({ state: v.literal('paired'), token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)) }),
]);
export type PairAnswer = v.InferOutput<typeof pairAnswer>;

export const sessionRequest = v.object({
  v: version,
  proofs,
  /** Only with a token: the session to read; else the one that the first cookie proves. */
  session: v.exactOptional(fingerprint),
});
export type SessionRequest = v.InferOutput<typeof sessionRequest>;

const view = v.object({
  at: v.number(),
  state: v.exactOptional(encodedValue),
  bytes: v.exactOptional(v.number()),
  digest: v.exactOptional(digest),
  /** Epoch ms at which the store drops it; `null`: never by itself. */
  expiresAt: v.exactOptional(v.nullable(v.number())),
});

export const sessionAnswer = v.object({
  session: v.nullable(fingerprint),
  /** How the cookie was taken: as `exchange-started`'s. */
  signature: v.exactOptional(v.picklist(['valid', 'invalid', 'unsigned', 'malformed'])),
  /** By a pure read. `outcome` `unreadable`: no pure read is known for this store, and `text` says so. */
  store: v.object({
    outcome: v.picklist(['found', 'missing', 'expired', 'error', 'unreadable']),
    text: v.exactOptional(sentence),
    ...view.entries,
  }),
  /** One for each open exchange with this session. */
  memory: v.array(v.object({ exchange: exchangeId, ...view.entries })),
});
export type SessionAnswer = v.InferOutput<typeof sessionAnswer>;

const position = v.object({ epoch: epochId, seq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });
/** A place in a log: everything up to and including `seq` is known. */
export type Position = v.InferOutput<typeof position>;

export const eventsRequest = v.object({
  v: version,
  proofs,
  /** `null`: from the oldest event that the log still holds. */
  after: v.nullable(position),
  /** `true`: a stream. `false`: what there is, at once, as one `events` answer. */
  wait: v.boolean(),
});
export type EventsRequest = v.InferOutput<typeof eventsRequest>;

/** One poll's answer, and the data of each `events` message of the stream. */
export const eventsAnswer = v.object({
  /** A reader parses them one by one (`parseEvents`): one that does not fit is a gap of one. */
  events: v.pipe(v.array(event), v.maxLength(LIMITS.eventsPerAnswer)),
  /** Ask again `after` this. May lie beyond the last event given: others' events are passed over. */
  next: position,
  /** More events are waiting: ask again at once. */
  more: v.boolean(),
  /** Server's clock when it was sent: lumps in arrival show a proxy that buffers. */
  sentAt: v.number(),
});
/** As `eventsAnswer`, its events not looked at yet. */
export const eventsEnvelope = v.object({
  ...eventsAnswer.entries,
  events: v.pipe(v.array(v.unknown()), v.maxLength(LIMITS.eventsPerAnswer)),
});
export type EventsAnswer = v.InferOutput<typeof eventsAnswer>;

export const valueRequest = v.object({
  v: version,
  proofs,
  epoch: epochId,
  seq,
  part: v.picklist(['before', 'after', 'state', 'stored']),
  /** From the root of that part. */
  path: keyPath,
  /** Only with a token: give redacted values as they are. */
  reveal: v.exactOptional(v.boolean()),
});
export type ValueRequest = v.InferOutput<typeof valueRequest>;

/** `value` may be larger than in an event. */
export const valueAnswer = v.object({ value: fetchedValue });
export type ValueAnswer = v.InferOutput<typeof valueAnswer>;

/** Only with a token, where `epoch-started` has the capability `open`. */
export const openRequest = v.object({
  v: version,
  /** As a frame names it: below the project's root, with slashes. */
  file: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  line: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  column: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
});
export type OpenRequest = v.InferOutput<typeof openRequest>;

/** An editor was started. */
export const openAnswer = v.object({ state: v.literal('opened') });
export type OpenAnswer = v.InferOutput<typeof openAnswer>;

export const ERROR_CODES = [
  'bad-request',
  'unsupported-version',
  'refused',
  'not-paired',
  'stale-proof',
  'proof-needed',
  'not-found',
  'gone',
  'method-not-allowed',
  'wrong-content-type',
  'too-large',
  'wrong-code',
  'too-many-tries',
  'too-many-streams',
  'fault',
] as const;
export const errorAnswer = v.object({
  error: v.object({
    code: v.picklist(ERROR_CODES),
    /** What failed and why. */
    message: sentence,
    /** What to do. */
    fix: v.exactOptional(sentence),
    /** With `unsupported-version`: what this companion speaks. */
    versions: v.exactOptional(v.array(v.number())),
  }),
});
export type ErrorAnswer = v.InferOutput<typeof errorAnswer>;
export type ErrorCode = (typeof ERROR_CODES)[number];
