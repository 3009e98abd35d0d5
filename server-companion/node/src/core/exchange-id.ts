import { randomBytes } from 'node:crypto';

const pool = { bytes: Buffer.alloc(0), at: 0 };

/** Names an exchange: 128 random bits in hex, from a pool, so that one system call serves 256 of them. */
export function newExchangeId(): string {
  if (pool.at >= pool.bytes.length) {
    pool.bytes = randomBytes(4096);
    pool.at = 0;
  }
  pool.at += 16;
  return pool.bytes.toString('hex', pool.at - 16, pool.at);
}
