/**
 * How a paired panel and its companion prove to each other that they hold the token, without sending it:
 * `docs/protocol.md`, "Proof of pairing". Golden fixture: `protocol/fixtures/proof.json`.
 */
import type { CallName } from '../protocol/index.ts';

/** What is derived from a token. Neither the key nor the token leaves the panel. */
export interface PairedKey {
  /** Names the key on the wire: the first 16 hex digits of its SHA-256. */
  readonly id: string;
  readonly hmac: CryptoKey;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const hexOf = (bytes: ArrayBuffer) =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = (bytes: BufferSource) => crypto.subtle.digest('SHA-256', bytes);

export async function pairedKeyOf(token: string): Promise<PairedKey> {
  const key = await sha256(bytesOf(token));
  return {
    id: hexOf(await sha256(key)).slice(0, 16),
    hmac: await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']),
  };
}

/** 128 random bits in hex: what a companion proves itself over. */
export const newChallenge = (): string => hexOf(crypto.getRandomValues(new Uint8Array(16)).buffer);

/** Whether whoever answered holds the key. In constant time. */
export async function isCompanionProof(
  { hmac }: PairedKey,
  { challenge, nonce, app, proof }: { challenge: string; nonce: string; app: string; proof: string },
): Promise<boolean> {
  const mac = Uint8Array.from(proof.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16));
  return crypto.subtle.verify('HMAC', hmac, mac, bytesOf(['companion', challenge, nonce, app].join('\n')));
}

/** The value of the proof's header for one call. `origin`: the `Origin` header that goes with it, empty for none. */
export async function panelProof(
  { id, hmac }: PairedKey,
  { nonce, count, call, origin, body }: { nonce: string; count: number; call: CallName; origin: string; body: string },
): Promise<string> {
  const bodyHash = hexOf(await sha256(bytesOf(body)));
  const text = ['panel', nonce, String(count), call, origin, bodyHash].join('\n');
  const mac = hexOf(await crypto.subtle.sign('HMAC', hmac, bytesOf(text)));
  return `${id} ${nonce} ${count} ${mac}`;
}
