/**
 * A connection that lies in memory: Node's own parser reads requests from it and its own response writes to it, with no
 * system call and no second process, so that what is measured is the app's own work.
 */
import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

class FakeSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly localAddress = '127.0.0.1';
  readonly localPort = 3000;
  #written = '';
  #answered: ((text: string) => void) | undefined;

  /** Sends one request; resolves with its response. One at a time. */
  ask(request: Buffer): Promise<string> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.push(request);
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#written += chunk.toString('latin1');
    done();
    this.#lookForEnd();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#written += chunk.toString('latin1');
    done();
    this.#lookForEnd();
  }

  /** Every answer of the apps here is one JSON object. */
  #lookForEnd(): void {
    if (!this.#written.endsWith('}')) return;
    const text = this.#written;
    this.#written = '';
    this.#answered?.(text);
  }

  // What Node's server asks of a socket.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): void {}
  unref(): void {}
}

/** A client's connection to `server`, which need not listen. */
export function connect(server: Server): FakeSocket {
  const socket = new FakeSocket();
  server.emit('connection', socket);
  return socket;
}
