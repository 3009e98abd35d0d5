/**
 * A seal of iron (format Fe26.2 of iron-webcrypto: PBKDF2 with SHA-1, HMAC with SHA-256, AES), opened as its libraries
 * open it. At once, where they wait: the endpoint must know whose a cookie is before it answers.
 */
import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

/** By number or name. */
export type Passwords = Readonly<Record<string, string>>;

/** What a library may set; the defaults are those of iron-webcrypto. */
export interface SealSettings {
  readonly algorithm: 'aes-256-cbc' | 'aes-128-ctr';
  /** Of PBKDF2: to decrypt, to verify. */
  readonly iterations: { readonly encryption: number; readonly integrity: number };
  /** How long after its end a seal is still taken. */
  readonly skewMs: number;
}

export const IRON_DEFAULTS: SealSettings = {
  algorithm: 'aes-256-cbc',
  iterations: { encryption: 1, integrity: 1 },
  skewMs: 60_000,
};

export type Seal =
  /** `content`: whatever was sealed; `data`: that, where it is an object, else an empty one. `expiresAt`: Epoch ms; `null`: it has no end. */
  | { outcome: 'open' | 'expired'; content: unknown; data: Record<string, unknown>; expiresAt: number | null }
  | { outcome: 'unknown-password' | 'tampered' | 'malformed' };

const KEY_BYTES = { 'aes-256-cbc': 32, 'aes-128-ctr': 16 } as const;

const derivedKey = (password: string, salt: string, iterations: number, bytes = 32) =>
  pbkdf2Sync(password, salt, iterations, bytes, 'sha1');

/**
 * `sealed`: the cookie's value, its chunks joined. `passwords`: one password is taken for whichever the seal names.
 * Never throws.
 */
export function openSeal(
  sealed: string,
  passwords: Passwords | string,
  now: number,
  settings: SealSettings = IRON_DEFAULTS,
): Seal {
  const parts = sealed.split('*');
  if (parts.length !== 8 || parts[0] !== 'Fe26.2') return { outcome: 'malformed' };
  const [, id, salt, iv, encrypted, end, macSalt, mac] = parts as [string, ...string[]] & Record<number, string>;
  if (end !== '' && !/^\d+$/.test(end!)) return { outcome: 'malformed' };
  const password = typeof passwords === 'string' ? passwords : ownValue(passwords, id || 'default');
  if (password === undefined) return { outcome: 'unknown-password' };
  const key = derivedKey(password, macSalt!, settings.iterations.integrity);
  const made = createHmac('sha256', key).update(parts.slice(0, 6).join('*')).digest();
  const given = Buffer.from(mac!, 'base64url');
  if (made.length !== given.length || !timingSafeEqual(made, given)) return { outcome: 'tampered' };
  const content = decrypted(password, salt!, iv!, encrypted!, settings);
  if (content === undefined) return { outcome: 'malformed' };
  const data = typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
  const expiresAt = end === '' ? null : Number(end);
  return {
    outcome: expiresAt !== null && expiresAt <= now - settings.skewMs ? 'expired' : 'open',
    content,
    data,
    expiresAt,
  };
}

const ownValue = (values: Passwords, key: string): string | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

function decrypted(
  password: string,
  salt: string,
  iv: string,
  text: string,
  { algorithm, iterations }: SealSettings,
): unknown {
  try {
    const key = derivedKey(password, salt, iterations.encryption, KEY_BYTES[algorithm]);
    const cipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64url'));
    const plain = cipher.update(text, 'base64url', 'utf8') + cipher.final('utf8');
    return plain === '' ? {} : JSON.parse(plain);
  } catch {
    return undefined;
  }
}
