/**
 * Buffers what DevTools reports of the network, and completes it. In Chromium an event's entry may lack raw headers
 * that `getHAR` has a moment later, and a navigation clears what `getHAR` gives: so each event is kept at once, and
 * merged with the log 20 ms after the first and 300 ms after the last. What a navigation cleared before that stays as the
 * event had it, and says that its Set-Cookie headers are not known.
 */
import { type HarEntry, keyOf, readHarEntry, type SeenResponse } from './seen-response.ts';

const SOON_MS = 20;
const LATE_MS = 300;

/** Responses kept for a panel that is opened later: some hours of an ordinary app. */
export const MAX_KEPT = 5_000;

export interface HarLog {
  /** Takes an event's entry in. */
  add(entry: HarEntry): void;
  /** What is kept, oldest first. */
  kept(): SeenResponse[];
}

export interface HarLogOptions {
  /** All entries that DevTools holds now. */
  getEntries: () => Promise<readonly HarEntry[]>;
  /** A response was seen, or one seen before is known better: `key` says which. */
  onSeen: (response: SeenResponse) => void;
}

export function createHarLog({ getEntries, onSeen }: HarLogOptions): HarLog {
  const entries = new Map<string, { response: SeenResponse; headers: number; isSettled: boolean }>();
  let soon: ReturnType<typeof setTimeout> | undefined;
  let late: ReturnType<typeof setTimeout> | undefined;

  const countHeaders = ({ request, response }: HarEntry) => request.headers.length + response.headers.length;

  function take(entry: HarEntry, isSettled = false): void {
    const headers = countHeaders(entry);
    const key = keyOf(entry);
    const before = entries.get(key);
    const isNewlySettled = isSettled && before?.isSettled === false && before.response.hidesSetCookies;
    if (before !== undefined && before.headers >= headers && !isNewlySettled) return;
    const response = readHarEntry(entry, isSettled);
    if (response === undefined) return;
    entries.set(key, { response, headers, isSettled });
    if (entries.size > MAX_KEPT) entries.delete(entries.keys().next().value!);
    onSeen(response);
  }

  async function reconcile(isSettled = false): Promise<void> {
    try {
      for (const entry of await getEntries()) take(entry, isSettled);
    } catch {
      // DevTools is closing. What its events have reported is kept.
    }
  }

  // Requests that ended before the first event was heard: DevTools was open, this page was still loading.
  void reconcile();

  return {
    add(entry) {
      take(entry);
      soon ??= setTimeout(() => {
        soon = undefined;
        void reconcile();
      }, SOON_MS);
      clearTimeout(late);
      late = setTimeout(() => void reconcile(true), LATE_MS);
    },
    kept: () => [...entries.values()].map(({ response }) => response).sort((a, b) => a.startedAt - b.startedAt),
  };
}
