/**
 * A trace: a recorded stretch in a file, which opens without a server. What the companion sent, as it was sent, and
 * what the browser's DevTools said beside it. `docs/trace.md` documents the format.
 */
import * as v from 'valibot';
import { exchangeId } from './events.ts';

export const TRACE_FORMAT = 'sessionscope-trace';
/** A reader refuses any other: there is one so far. */
export const TRACE_VERSION = 1;

export const TRACE_LIMITS = {
  /** Characters of a file: a panel that is full has about half of it. */
  length: 64 * 1024 * 1024,
  events: 200_000,
  responses: 50_000,
  notes: 1_000,
} as const;

const text = v.pipe(v.string(), v.maxLength(4096));
const instant = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const flag = v.exactOptional(v.boolean());
const names = v.pipe(v.array(text), v.maxLength(1_000));

const keptCookie = v.object({
  name: text,
  path: text,
  domain: text,
  secure: v.boolean(),
  httpOnly: v.boolean(),
  sameSite: v.exactOptional(v.picklist(['strict', 'lax', 'none'])),
  expiresAt: v.nullable(instant),
  partition: v.exactOptional(text),
});

const jarFate = v.object({
  name: text,
  outcome: v.picklist(['kept', 'replaced', 'other', 'absent', 'removed']),
  cookie: v.exactOptional(keptCookie),
  others: v.exactOptional(v.pipe(v.array(keptCookie), v.maxLength(1_000))),
});

/** One response as DevTools reported it: no query of its address, no header, no body, no value of a cookie. */
export const traceResponse = v.object({
  exchanges: v.pipe(v.array(exchangeId), v.maxLength(64)),
  url: text,
  method: text,
  status: count,
  startedAt: instant,
  durationMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
  cookieNames: v.exactOptional(names),
  setCookies: v.pipe(v.array(v.object({ name: text, valueLength: count, attributes: text })), v.maxLength(1_000)),
  hidesSetCookies: flag,
  sentCookies: v.exactOptional(
    v.pipe(
      v.array(v.object({ name: text, path: v.exactOptional(text), domain: v.exactOptional(text) })),
      v.maxLength(1_000),
    ),
  ),
  /** `null`: the jar was not asked of that one. */
  jar: v.exactOptional(v.pipe(v.array(v.nullable(jarFate)), v.maxLength(1_000))),
  purpose: v.exactOptional(v.picklist(['prefetch', 'prerender'])),
  site: v.exactOptional(text),
  dest: v.exactOptional(text),
  mode: v.exactOptional(text),
  browser: v.exactOptional(v.picklist(['chromium', 'firefox'])),
  pageOrigin: v.exactOptional(text),
  isMatchedWithoutHeader: flag,
  resourceType: v.exactOptional(text),
});
export type TraceResponse = v.InferOutput<typeof traceResponse>;

/** What the browser did without the server. */
export const traceNote = v.variant('what', [
  v.object({
    what: v.literal('cookie'),
    at: instant,
    change: v.object({
      at: instant,
      cookie: keptCookie,
      kind: v.picklist(['set', 'replaced', 'deleted', 'expired', 'evicted']),
    }),
  }),
  v.object({
    what: v.literal('cached'),
    at: instant,
    url: text,
    by: v.picklist(['browser', 'service-worker', 'back-forward']),
  }),
]);
export type TraceNote = v.InferOutput<typeof traceNote>;

/** The file as JSON, its lists not looked into yet: what does not fit costs itself alone. */
export const traceEnvelope = v.object({
  format: v.literal(TRACE_FORMAT),
  v: v.literal(TRACE_VERSION),
  /** Epoch ms, the clock of the browser that saved it: the moment as of which it is shown. */
  savedAt: instant,
  /** Epoch ms from which on DevTools reported responses; `never`: there was no DevTools; `null`: not known. */
  seenSince: v.union([instant, v.literal('never'), v.null()]),
  events: v.pipe(v.array(v.unknown()), v.maxLength(TRACE_LIMITS.events)),
  responses: v.pipe(v.array(v.unknown()), v.maxLength(TRACE_LIMITS.responses)),
  notes: v.pipe(v.array(v.unknown()), v.maxLength(TRACE_LIMITS.notes)),
});
