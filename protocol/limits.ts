/**
 * The bounds of the wire: both sides refuse or cut what is larger. A companion may be set to smaller ones,
 * never to larger ones, so that a panel can size what it allocates.
 */
export const LIMITS = {
  /** Bytes of one `Sessionscope` response header; Node refuses 16 KiB of headers in all. */
  headerBytes: 4096,
  /** Observed session middlewares reported in one header: an app has one or two. */
  headerItems: 8,
  /** Characters of the endpoint's path, mount point included. */
  pathLength: 256,
  /** Bytes of one request body; the longest is a raw sealed cookie (4096) with twenty exchange ids. */
  requestBytes: 65_536,
  /** Cookies and exchange ids that one call may prove with. */
  proofs: 64,
  /** Events in one poll's answer or one batch of the stream. */
  eventsPerAnswer: 2_000,
  /** UTF-16 code units of one encoded text; the middle is cut out of a longer one. */
  textLength: 2_048,
  /** Text kept at the head and at the tail of a cut one: a change at either end shows. */
  textHead: 768,
  textTail: 256,
  /** Entries of one object, map, set or array. */
  entries: 100,
  /** Nodes of one encoded value. */
  nodes: 2_000,
  /** Nesting of one encoded value: deeper than data that people read, shallow enough for recursion. */
  depth: 16,
  /** As the four above, of a value that was asked for on demand: what a companion's log holds beyond its events. */
  fetchedTextLength: 131_072,
  fetchedEntries: 10_000,
  fetchedNodes: 50_000,
  fetchedDepth: 32,
  /** Bytes of base64 source kept of a binary value. */
  binaryHead: 48,
  /** UTF-16 code units of a key, name, path segment, call or function name. */
  nameLength: 256,
  /** UTF-16 code units of a sentence (reason, fix, error message). */
  sentenceLength: 1_024,
  /** Observed session middlewares of one process: more than any app has. */
  middlewares: 64,
  /** Cookies that make up one session: a sealed session of 4 KiB chunks, its signature. */
  cookieNames: 16,
  /** Frames of one source: the first of the app's own code and four more. */
  frames: 5,
  /** Steps from a session's root to a nested value. */
  keyPathSteps: 32,
} as const;
