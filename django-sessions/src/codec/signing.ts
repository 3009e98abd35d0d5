/** `django.core.signing`: texts that carry their time and a signature. */
import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import { BadSignature, SignatureExpired } from '../errors.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Base 62, digits before upper before lower case: Django's `b62_encode`. For integers of at least 0. */
export function encodeBase62(value: number): string {
  let text = '';
  let rest = value;
  do {
    text = DIGITS[rest % 62]! + text;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return text;
}

/** `undefined` where a character is no digit. */
export function decodeBase62(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  let value = 0;
  for (const digit of sign < 0 ? text.slice(1) : text) {
    const index = DIGITS.indexOf(digit);
    if (index === -1) return undefined;
    value = value * 62 + index;
  }
  return text === '' || text === '-' ? undefined : sign * value;
}

export interface SignerOptions {
  /** Django's `SECRET_KEY`: signs, and verifies first. */
  secretKey: string;
  /** Django's `SECRET_KEY_FALLBACKS`: verify, in order, and never sign. */
  secretKeyFallbacks?: readonly string[] | undefined;
  /** Keeps signatures of one purpose from holding for another. */
  salt: string;
}

export interface Signer {
  /** `text:time:signature`, with the time of `nowMs`. */
  sign(text: string, nowMs?: number): string;
  /**
   * The text that was signed, with its time in epoch seconds. Throws `BadSignature`, and `SignatureExpired` where it is older than
   * `maxAge` seconds.
   */
  unsign(signed: string, maxAge?: number, nowMs?: number): { text: string; signedAt: number };
}

const isSame = (wanted: Buffer, given: Buffer): boolean =>
  wanted.length === given.length && timingSafeEqual(wanted, given);

/** Bytes that SHA-256 takes at once, and of its digest. */
const BLOCK = 64;
const DIGEST = 32;

/** Room for a text of usual length behind a block. */
const scratch = Buffer.alloc(16_384);

/**
 * HMAC-SHA256 under a key of 32 bytes, in URL-safe base 64. For a text of usual length as RFC 2104 defines it, by two
 * digests of one call each: an `Hmac` is an object that the collector has to see to, which takes longer than both.
 */
function createMac(key: Buffer): (text: string) => string {
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at]! ^= byte;
    outer[at]! ^= byte;
  }
  return (text) => {
    // A character takes three bytes at most.
    if (BLOCK + 3 * text.length > scratch.length) return createHmac('sha256', key).update(text).digest('base64url');
    inner.copy(scratch);
    const end = BLOCK + scratch.write(text, BLOCK);
    outer.write(hash('sha256', scratch.subarray(0, end), 'binary'), BLOCK, 'latin1');
    return hash('sha256', outer, 'base64url');
  };
}

/** Signs and verifies as Django's `TimestampSigner` with HMAC-SHA256 and the separator `:`. */
export function createSigner({ secretKey, secretKeyFallbacks = [], salt }: SignerOptions): Signer {
  const macs = [secretKey, ...secretKeyFallbacks].map((secret) =>
    createMac(createHash('sha256').update(`${salt}signer`).update(secret).digest()),
  );
  return {
    sign(text, nowMs = Date.now()) {
      const timed = `${text}:${encodeBase62(Math.floor(nowMs / 1000))}`;
      return `${timed}:${macs[0]!(timed)}`;
    },
    unsign(signed, maxAge, nowMs = Date.now()) {
      const end = signed.lastIndexOf(':');
      if (end === -1) throw new BadSignature('No ":" found in value.');
      const timed = signed.slice(0, end);
      const given = Buffer.from(signed.slice(end + 1));
      if (!macs.some((mac) => isSame(Buffer.from(mac(timed)), given)))
        throw new BadSignature('The signature does not match: another SECRET_KEY or salt, or the value was changed.');
      const middle = timed.lastIndexOf(':');
      const signedAt = middle === -1 ? undefined : decodeBase62(timed.slice(middle + 1));
      if (signedAt === undefined) throw new BadSignature('The signed value has no timestamp.');
      if (maxAge !== undefined && nowMs / 1000 - signedAt > maxAge)
        throw new SignatureExpired(`The signature is older than ${maxAge} seconds.`);
      return { text: timed.slice(0, middle), signedAt };
    },
  };
}
