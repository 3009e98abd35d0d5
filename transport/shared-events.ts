/**
 * One stream for each browser and app, whatever the number of DevTools windows: a browser opens six connections to a
 * host, and the seventh window's would hang without a word. The window that holds the lock reads the stream and sends
 * it to the others; when it closes, the next one resumes where it ended. Windows that may see different things (another
 * cookie jar, a container, a token) never share: what they prove is part of the stream's name.
 */
import type { EventsAnswer, Position } from '../protocol/index.ts';
import type { CallOptions } from './endpoint-client.ts';
import {
  type EventSource,
  isAhead,
  pause,
  pollOnce,
  readEvents,
  type StreamEnd,
  type StreamEvents,
} from './event-stream.ts';

/** What the window with the stream sends the others, and what one that has just come asks it. */
type Message =
  | { type: 'who-reads' }
  | { type: 'mode'; mode: 'live' | 'polling' }
  | { type: 'silence'; isSilent: boolean }
  | { type: 'answer'; answer: EventsAnswer }
  | { type: 'end'; end: StreamEnd };

/** The reader passes on each heartbeat too, every 5 s: a window that receives nothing for three of them reads by itself. */
const SILENCE_MS = 16_000;

/** Where the companion has no time for the past, it is asked again. */
const BUSY_MS = 2_000;

/**
 * As `readEvents`, through the window that reads for all of them. Answers may come twice, and older ones after newer
 * ones; none is left out. Where the browser has no locks, reads by itself.
 */
export async function readSharedEvents(
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): Promise<StreamEnd> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  if (locks === undefined) return readEvents(source, events, options);
  const name = `sessionscope-events-${await nameOf(source, options.pairing?.id)}`;
  const channel = new BroadcastChannel(name);
  const own = new AbortController();
  const follower = follow(channel, source, events, {
    ...options,
    signal: AbortSignal.any([options.signal, own.signal]),
  });
  try {
    const leading = locks.request(name, { signal: AbortSignal.any([options.signal, own.signal]) }, async () => {
      follower.stop();
      return lead(channel, source, events, options);
    });
    // A request for the lock that is given up rejects: then something else has ended this.
    const refused = new Promise<StreamEnd>((resolve) => {
      leading.then(resolve, () => resolve({ why: 'broken', text: 'stopped' }));
    });
    const end = await Promise.race([refused, follower.ended]);
    if (end !== 'silent') return end;
    follower.stop();
    own.abort();
    return await readEvents(source, events, options);
  } finally {
    follower.stop();
    own.abort();
    channel.close();
  }
}

/** Reads, and sends it to the others. */
async function lead(
  channel: BroadcastChannel,
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): Promise<StreamEnd> {
  let mode: 'live' | 'polling' | undefined;
  let isSilent = false;
  const report = (message: Message) => channel.postMessage(message);
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.type !== 'who-reads' || mode === undefined) return;
    report({ type: 'mode', mode });
    if (isSilent) report({ type: 'silence', isSilent });
  });
  const end = await readEvents(
    source,
    {
      onMode(now) {
        mode = now;
        isSilent = false;
        report({ type: 'mode', mode });
        events.onMode(mode);
      },
      onSilence(silent) {
        if (silent !== isSilent) report({ type: 'silence', isSilent: silent });
        isSilent = silent;
        events.onSilence?.(silent);
      },
      onAnswer(answer) {
        report({ type: 'answer', answer });
        events.onAnswer(answer);
      },
    },
    options,
  );
  // This window's own going is no end of the stream: the next one reads on.
  if (!options.signal.aborted) report({ type: 'end', end });
  return end;
}

/** Receives what the reader sends, and fetches once what was sent before this window came. */
function follow(
  channel: BroadcastChannel,
  source: EventSource,
  events: StreamEvents,
  options: CallOptions & { signal: AbortSignal },
): { ended: Promise<StreamEnd | 'silent'>; stop: () => void } {
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isHeard = false;
  /** While the past is being fetched, everything is known up to where that has come, whatever is sent meanwhile. */
  let isCatchingUp = false;
  let newest: Position | undefined;
  const ended = new Promise<StreamEnd | 'silent'>((resolve) => {
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve('silent'), SILENCE_MS);
    };
    const catchUp = async () => {
      isCatchingUp = true;
      for (let more = true; more;) {
        const answer = await pollOnce(source, { ...options, signal });
        if (signal.aborted) return;
        if (!answer.ok && answer.isBusy === true) {
          await pause(BUSY_MS, signal);
          continue;
        }
        if (!answer.ok) {
          const why = answer.why === 'refused' ? 'refused' : 'broken';
          return resolve({ why, text: answer.text, ...(answer.code ? { code: answer.code } : {}) });
        }
        more = answer.value.more && isAhead(answer.value.next, source.after);
        source.after = answer.value.next;
        events.onAnswer(answer.value);
      }
      isCatchingUp = false;
      if (newest !== undefined) advance(source, newest);
    };
    channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      if (signal.aborted || data.type === 'who-reads') return;
      listen();
      if (!isHeard) {
        isHeard = true;
        // From here on nothing is missed; what was sent before is asked for.
        void catchUp();
      }
      if (data.type === 'mode') events.onMode(data.mode);
      if (data.type === 'silence') events.onSilence?.(data.isSilent);
      if (data.type === 'answer') {
        newest = data.answer.next;
        if (!isCatchingUp) advance(source, newest);
        events.onAnswer(data.answer);
      }
      if (data.type === 'end') resolve(data.end);
    });
    listen();
  });
  channel.postMessage({ type: 'who-reads' } satisfies Message);
  return {
    ended,
    stop() {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}

/** Answers of two ways may cross: the position to resume from never goes back. */
function advance(source: EventSource, next: Position): void {
  const { after } = source;
  if (after === null || after.epoch !== next.epoch || after.seq < next.seq) source.after = next;
}

/** The same for windows that see the same; says nothing of the secrets that it is made from. */
async function nameOf({ address, proofs }: EventSource, pairing: string | undefined): Promise<string> {
  const text = JSON.stringify([address.origin, address.path, pairing ?? null, pairing === undefined ? proofs : null]);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(hash, 0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
