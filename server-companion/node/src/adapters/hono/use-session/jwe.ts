/**
 * The cookie of @hono/session: a JWT encrypted as a compact JWE (RFC 7516) with `dir` and `A256GCM`, opened as the
 * library opens it. At once, where it waits: the endpoint must know whose a cookie is before it answers.
 */
import { createDecipheriv, createSecretKey, hkdfSync, KeyObject, type webcrypto } from 'node:crypto';

export interface Claims {
  readonly sid: string;
  /** Seconds since the epoch. */
  readonly iat?: number;
  readonly exp?: number;
  readonly [key: string]: unknown;
}

export type OpenedToken =
  | { readonly outcome: 'open' | 'expired'; readonly claims: Claims }
  | { readonly outcome: 'invalid' | 'malformed' };

const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** The key that the library makes of an app's secret; `undefined`: it can't be read here. */
export function keyOf(secret: unknown): KeyObject | undefined {
  if (typeof secret === 'string')
    return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'session jwe cek', KEY_BYTES)));
  if (secret instanceof Uint8Array) return createSecretKey(secret);
  if (secret instanceof KeyObject) return secret.type === 'secret' ? secret : undefined;
  if (secret instanceof CryptoKey)
    return secret.extractable && secret.type === 'secret' ? KeyObject.from(secret as webcrypto.CryptoKey) : undefined;
  const { kty, k } = (secret ?? {}) as { kty?: unknown; k?: unknown };
  return kty === 'oct' && typeof k === 'string' ? createSecretKey(k, 'base64url') : undefined;
}

/** Never throws. `now`: epoch ms. */
export function openToken(token: string, key: KeyObject, now: number): OpenedToken {
  const parts = token.split('.');
  const [header, encryptedKey, iv, text, tag] = parts as [string, ...string[]];
  if (parts.length !== 5 || encryptedKey !== '' || !isOurs(header)) return { outcome: 'malformed' };
  const claims = claimsIn(header, iv!, text!, tag!, key);
  if (claims === undefined) return { outcome: 'invalid' };
  if (typeof claims['sid'] !== 'string') return { outcome: 'malformed' };
  const { exp } = claims;
  return {
    outcome: typeof exp === 'number' && exp <= Math.floor(now / 1000) ? 'expired' : 'open',
    claims: claims as Claims,
  };
}

function isOurs(header: string): boolean {
  try {
    const { alg, enc } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown; enc?: unknown };
    return alg === 'dir' && enc === 'A256GCM';
  } catch {
    return false;
  }
}

function claimsIn(
  header: string,
  iv: string,
  text: string,
  tag: string,
  key: KeyObject,
): Record<string, unknown> | undefined {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(header, 'ascii'));
    cipher.setAuthTag(Buffer.from(tag, 'base64url'));
    const plain = cipher.update(text, 'base64url', 'utf8') + cipher.final('utf8');
    const claims: unknown = JSON.parse(plain);
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
