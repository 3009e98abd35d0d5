/**
 * A seal of iron-session, opened as the library opens it: format Fe26.2 of iron-webcrypto with its default settings
 * (PBKDF2 with SHA-1 and one round, HMAC with SHA-256, AES-256-CBC), `~2` behind it. At once, where the library waits:
 * the endpoint must know whose a cookie is before it answers.
 */
import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { Passwords } from './types.ts';

/** How long after its end a seal is still taken: `timestampSkewSec` of both libraries. */
const SKEW_MS = 60_000;

export type Seal =
  /** `expiresAt`: Epoch ms; `null`: it has no end. */
  | { outcome: 'open' | 'expired'; data: Record<string, unknown>; expiresAt: number | null }
  | { outcome: 'unknown-password' | 'tampered' | 'malformed' };

const derivedKey = (password: string, salt: string) => pbkdf2Sync(password, salt, 1, 32, 'sha1');

/** `sealed`: the cookie's value, its chunks joined. Never throws. */
export function openSeal(sealed: string, passwords: Passwords, now: number): Seal {
  const parts = sealed.split('~', 1)[0]!.split('*');
  if (parts.length !== 8 || parts[0] !== 'Fe26.2') return { outcome: 'malformed' };
  const [, id, salt, iv, encrypted, end, macSalt, mac] = parts as [string, ...string[]] & Record<number, string>;
  if (end !== '' && !/^\d+$/.test(end!)) return { outcome: 'malformed' };
  const password = Object.hasOwn(passwords, id || 'default') ? passwords[id || 'default'] : undefined;
  if (password === undefined) return { outcome: 'unknown-password' };
  const made = createHmac('sha256', derivedKey(password, macSalt!)).update(parts.slice(0, 6).join('*')).digest();
  const given = Buffer.from(mac!, 'base64url');
  if (made.length !== given.length || !timingSafeEqual(made, given)) return { outcome: 'tampered' };
  const data = decrypted(password, salt!, iv!, encrypted!);
  if (data === undefined) return { outcome: 'malformed' };
  const expiresAt = end === '' ? null : Number(end);
  return { outcome: expiresAt !== null && expiresAt <= now - SKEW_MS ? 'expired' : 'open', data, expiresAt };
}

function decrypted(password: string, salt: string, iv: string, text: string): Record<string, unknown> | undefined {
  try {
    const cipher = createDecipheriv('aes-256-cbc', derivedKey(password, salt), Buffer.from(iv, 'base64url'));
    const plain = cipher.update(text, 'base64url', 'utf8') + cipher.final('utf8');
    const data: unknown = plain === '' ? {} : JSON.parse(plain);
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  } catch {
    return undefined;
  }
}
