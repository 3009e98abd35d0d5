/** A connection that is made again where it was lost, by who asks next. */
import { connectRedis, type RedisConnection } from './redis-connection.ts';
import type { RedisAddress } from './redis-url.ts';
import { RedisError, type Reply } from './resp.ts';

export interface RedisLink {
  /** As `RedisConnection.ask`, on a new connection where there is none. */
  ask(command: readonly (string | number)[], waitMs?: number): Promise<Reply>;
  /** As `RedisConnection.post`; nothing where there is no connection. */
  post(command: readonly (string | number)[]): void;
  close(): void;
}

export function createLink(address: RedisAddress): RedisLink {
  let opening: Promise<RedisConnection> | undefined;
  let open: RedisConnection | undefined;
  let isClosed = false;

  function drop(): void {
    open?.close();
    open = undefined;
    opening = undefined;
  }

  async function connected(): Promise<RedisConnection> {
    if (isClosed) throw new Error('closed');
    opening ??= connectRedis(address);
    const mine = opening;
    try {
      const connection = await mine;
      if (isClosed) connection.close();
      else open = connection;
      return connection;
    } catch (error) {
      if (opening === mine) drop();
      throw error;
    }
  }

  return {
    async ask(command, waitMs) {
      const connection = await connected();
      try {
        return await connection.ask(command, waitMs);
      } catch (error) {
        if (!(error instanceof RedisError) && open === connection) drop();
        throw error;
      }
    },
    post: (command) => open?.post(command),
    close() {
      isClosed = true;
      drop();
    },
  };
}

/** Waits, and keeps no process alive. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
