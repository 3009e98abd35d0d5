/** The Redis serialization protocol (RESP2), as far as a shared log speaks it. */

export type Reply = string | number | null | Reply[] | RedisError;

/** What Redis answers where it refuses a command. */
export class RedisError extends Error {
  override name = 'RedisError';
}

/** One text: an event is some kilobytes, and no server of ours writes more. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
const MAX_ITEMS = 100_000;
const MAX_DEPTH = 8;

/** A command as it goes over the wire. */
export function encodeCommand(parts: readonly (string | number)[]): string {
  let text = `*${parts.length}\r\n`;
  for (const part of parts) {
    const item = String(part);
    text += `$${Buffer.byteLength(item)}\r\n${item}\r\n`;
  }
  return text;
}

/** A list whose items are still coming. */
interface OpenList {
  items: Reply[];
  left: number;
}

/** Reads replies out of what a connection brings. What is complete is never read twice. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #open: OpenList[] = [];
  readonly #onReply: (reply: Reply) => void;

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** @throws Error where it is no reply of a Redis, or larger than any of ours. */
  feed(chunk: Buffer): void {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
    while (this.#readOne());
  }

  /** Reads one element; `false`: it is not there whole. */
  #readOne(): boolean {
    const end = this.#bytes.indexOf('\r\n', this.#at);
    if (end < 0) {
      if (this.#bytes.length - this.#at > MAX_LINE_BYTES) throw new Error('a line that does not end');
      return false;
    }
    const kind = String.fromCharCode(this.#bytes[this.#at]!);
    const line = this.#bytes.toString('utf8', this.#at + 1, end);
    const next = end + 2;
    switch (kind) {
      case '+':
        return this.#take(line, next);
      case '-':
        return this.#take(new RedisError(line), next);
      case ':':
        return this.#take(countOf(line, Number.MAX_SAFE_INTEGER), next);
      case '$': {
        const length = countOf(line, MAX_TEXT_BYTES);
        if (length < 0) return this.#take(null, next);
        if (this.#bytes.length < next + length + 2) return false;
        return this.#take(this.#bytes.toString('utf8', next, next + length), next + length + 2);
      }
      case '*': {
        const length = countOf(line, MAX_ITEMS);
        if (length <= 0) return this.#take(length < 0 ? null : [], next);
        if (this.#open.length >= MAX_DEPTH) throw new Error('lists in lists');
        this.#open.push({ items: [], left: length });
        this.#at = next;
        return true;
      }
      default:
        throw new Error('not a reply of a Redis');
    }
  }

  #take(reply: Reply, next: number): true {
    this.#at = next;
    let whole = reply;
    for (let list = this.#open.at(-1); list !== undefined; list = this.#open.at(-1)) {
      list.items.push(whole);
      list.left -= 1;
      if (list.left > 0) return true;
      this.#open.pop();
      whole = list.items;
    }
    this.#onReply(whole);
    return true;
  }
}

function countOf(line: string, most: number): number {
  const count = Number(line);
  if (!Number.isSafeInteger(count) || count > most || line === '')
    throw new Error('a number that is none, or too large');
  return count;
}
