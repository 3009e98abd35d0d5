/** Chromium's DevTools protocol over a pipe, as `--remote-debugging-pipe` speaks it: no port, so nobody else connects. */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** Longer than any single step of starting a browser takes on a slow disk. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface BrowserPipe {
  /** @throws Error with the browser's own words where it refuses, or where it ends before it answers. */
  send<Result = unknown>(method: string, params?: object, session?: string): Promise<Result>;
}

interface Message {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** Over file descriptors 3 (to the browser) and 4 (from it). */
export function connectPipe(browser: ChildProcess): BrowserPipe {
  const to = browser.stdio[3] as Writable;
  const from = browser.stdio[4] as Readable;
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let count = 0;
  let rest = '';
  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  from.setEncoding('utf8');
  from.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop()!;
    for (const part of parts) {
      const { id, result, error } = JSON.parse(part) as Message;
      const asked = id === undefined ? undefined : waiting.get(id);
      if (id === undefined || asked === undefined) continue;
      waiting.delete(id);
      if (error) asked.reject(new Error(error.message));
      else asked.resolve(result);
    }
  });
  // A browser that is closed takes the pipe with it.
  to.on('error', failAll);
  browser.once('exit', () => failAll(new Error('The browser was closed.')));
  return {
    send<Result>(method: string, params: object = {}, session?: string) {
      return new Promise<Result>((resolve, reject) => {
        count += 1;
        const id = count;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(`The browser did not answer ${method} within ${ANSWER_TIMEOUT_MS / 1000} s.`));
        }, ANSWER_TIMEOUT_MS);
        timer.unref();
        waiting.set(id, {
          resolve(value) {
            clearTimeout(timer);
            resolve(value as Result);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        to.write(
          `${JSON.stringify({ id, method, params, ...(session === undefined ? {} : { sessionId: session }) })}\0`,
        );
      });
    },
  };
}
