/**
 * One connection to a Redis, on `node:net` alone: the app's own client library is neither needed nor touched, so that
 * what instruments it sees nothing of ours (docs/decisions/0084). It keeps no process alive, and each wait has its end.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RedisAddress } from './redis-url.ts';
import { encodeCommand, RedisError, type Reply, ReplyReader } from './resp.ts';

/** For one connection, with its greeting. */
const CONNECT_MS = 1_000;

/** For one answer. */
export const ANSWER_MS = 3_000;

type Command = readonly (string | number)[];

export interface RedisConnection {
  /**
   * Sends a command. Rejects with a `RedisError` where Redis refuses it, with another error where no answer comes: then
   * the connection is over. `waitMs`: what Redis itself may wait before it answers.
   */
  ask(command: Command, waitMs?: number): Promise<Reply>;
  /** Hands a command to the kernel and waits for nothing: for a process that ends. */
  post(command: Command): void;
  close(): void;
}

interface Pending {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** Connects, logs in and selects the database. Rejects with an error whose message has no part of the address's secrets. */
export async function connectRedis(address: RedisAddress): Promise<RedisConnection> {
  const connection = open(address);
  try {
    const { username, password, database } = address;
    if (password !== undefined)
      await connection
        .ask(username === undefined ? ['AUTH', password] : ['AUTH', username, password])
        // Redis may repeat what it was sent: the first word says what it is.
        .catch((error: Error) => {
          throw error instanceof RedisError ? new RedisError(`AUTH: ${error.message.split(' ', 1)[0]}`) : error;
        });
    if (database !== 0) await connection.ask(['SELECT', database]);
    await connection.ask(['PING']);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function open({ host, port, path, isTls, checksCertificate }: RedisAddress): RedisConnection {
  const place = path === undefined ? { host: host!, port: port! } : { path };
  const socket: Socket = isTls
    ? connectTls({
        ...place,
        ...(host === undefined || isIP(host) !== 0 ? {} : { servername: host }),
        rejectUnauthorized: checksCertificate,
      })
    : connect(place);
  socket.unref();
  socket.setNoDelay(true);
  const pending: Pending[] = [];
  let isConnected = false;
  let over: Error | undefined;

  function end(error: Error): void {
    if (over !== undefined) return;
    over = error;
    socket.destroy();
    for (const { reject, timer } of pending.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }

  const reader = new ReplyReader((reply) => {
    const asked = pending.shift();
    if (asked === undefined) return end(new Error('an answer to nothing'));
    clearTimeout(asked.timer);
    if (reply instanceof RedisError) asked.reject(reply);
    else asked.resolve(reply);
  });
  socket
    .on(isTls ? 'secureConnect' : 'connect', () => void (isConnected = true))
    .on('data', (chunk: Buffer) => {
      try {
        reader.feed(chunk);
      } catch (error) {
        end(error as Error);
      }
    })
    .on('error', end)
    .on('close', () => end(new Error('the connection was closed')));

  return {
    ask: (command, waitMs = 0) =>
      new Promise((resolve, reject) => {
        if (over !== undefined) return reject(over);
        const most = (isConnected ? ANSWER_MS : CONNECT_MS) + waitMs;
        const asked: Pending = { resolve, reject, timer: setTimeout(isLate, most).unref() };
        // A process that stood at a breakpoint looks first whether the answer has come meanwhile.
        function isLate(): void {
          setImmediate(() =>
            setImmediate(() => {
              if (pending.includes(asked)) end(new Error(`no answer within ${most} ms`));
            }).unref(),
          ).unref();
        }
        pending.push(asked);
        socket.write(encodeCommand(command));
      }),
    post(command) {
      if (over !== undefined) return;
      pending.push({ resolve: () => {}, reject: () => {}, timer: setTimeout(() => {}, ANSWER_MS).unref() });
      socket.write(encodeCommand(command));
    },
    close: () => end(new Error('closed')),
  };
}
