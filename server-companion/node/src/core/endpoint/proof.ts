/**
 * How a companion and a paired panel prove to each other that they share a key, with nothing sent that could be used
 * again: docs/protocol.md, "Proof of pairing"; golden cases in protocol/fixtures/proof.json.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../identity.ts';
import { macOf, type PairedKeys } from './paired-keys.ts';
import type { Refusal } from './gate.ts';

/** How long a nonce is good: a day's work, then the panel says hello again. */
const NONCE_LIFE_MS = 12 * 3_600_000;
/** Nonces of which the used counts are remembered: one for each panel that says hello, and again after it slept. */
const MAX_NONCES = 1_000;
/** Counts below the highest that are still distinguished: calls overtake each other, but not by so many. */
const WINDOW = 1_024;

/** What a header says of itself; nothing of it is checked yet. */
export interface Proof {
  keyId: string;
  nonce: string;
  count: number;
  mac: string;
}

const HEADER = /^([0-9a-f]{16}) ([A-Za-z0-9._-]{16,128}) ([1-9][0-9]{0,14}) ([0-9a-f]{64})$/;

/** `undefined`: no header of that form. */
export function parseProof(header: string): Proof | undefined {
  const match = HEADER.exec(header);
  if (match === null) return undefined;
  const [, keyId = '', nonce = '', count = '', mac = ''] = match;
  return { keyId, nonce, count: Number(count), mac };
}

/** The companion's proof in the answer to a `hello`. */
export const companionProof = (key: Buffer, challenge: string, nonce: string, app: string): string =>
  macOf(key, 'companion', challenge, nonce, app);

/** What the panel's proof of a call must be. `origin`: the header, or empty. */
export const panelMac = (
  key: Buffer,
  { nonce, count }: Pick<Proof, 'nonce' | 'count'>,
  call: string,
  origin: string,
  body: Uint8Array,
): string => macOf(key, 'panel', nonce, String(count), call, origin, createHash('sha256').update(body).digest('hex'));

export interface Proofs {
  newNonce(): string;
  /** Before the body is read: whether the proof can be one at all. `undefined`: it can. */
  precheck(proof: Proof | undefined, origin: string | undefined): Refusal | undefined;
  /** With the body: `undefined` where the proof is valid; then its count is used. */
  check(proof: Proof, call: string, origin: string | undefined, body: Uint8Array): Refusal | undefined;
}

const NOT_PAIRED: Refusal = {
  status: 403,
  code: 'not-paired',
  message: 'The proof of pairing is not valid for this companion and origin.',
  fix: 'Pair again.',
};
const STALE: Refusal = {
  status: 403,
  code: 'stale-proof',
  message: "The proof's nonce is too old or from another companion, or its count was already used.",
  fix: 'Say hello again.',
};

export interface ProofsOptions {
  identity: Pick<Identity, 'mac'>;
  keys: PairedKeys;
  now?: () => number;
}

export function createProofs({ identity, keys, now = Date.now }: ProofsOptions): Proofs {
  const used = createUsedCounts();
  const signature = (signed: string) => identity.mac(signed).slice(0, 32);

  /** When a nonce of this project was issued; `undefined`: it is none, or too old. */
  function issuedAt(nonce: string): number | undefined {
    const [time = '', random, mac = '', ...more] = nonce.split('.');
    if (random === undefined || more.length > 0 || !/^[0-9a-z]{1,11}$/.test(time)) return undefined;
    if (!equals(mac, signature(`${time}.${random}`))) return undefined;
    const at = Number.parseInt(time, 36);
    // One from the future: the clock was set back. Its age is not known.
    return Math.abs(now() - at) <= NONCE_LIFE_MS ? at : undefined;
  }

  return {
    newNonce() {
      const signed = `${Math.floor(now()).toString(36)}.${randomBytes(12).toString('hex')}`;
      return `${signed}.${signature(signed)}`;
    },
    precheck(proof, origin) {
      if (proof === undefined || keys.find(proof.keyId, origin) === undefined) return NOT_PAIRED;
      return issuedAt(proof.nonce) === undefined ? STALE : undefined;
    },
    check(proof, call, origin, body) {
      const key = keys.find(proof.keyId, origin);
      if (key === undefined || !equals(proof.mac, panelMac(key, proof, call, origin ?? '', body))) return NOT_PAIRED;
      const at = issuedAt(proof.nonce);
      return at !== undefined && used.take(proof.nonce, proof.count, at) ? undefined : STALE;
    },
  };
}

/** In constant time, for texts of one length. */
const equals = (given: string, wanted: string): boolean =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));

interface UsedCounts {
  /** Uses a count of a nonce; returns whether it was unused. */
  take(nonce: string, count: number, issuedAt: number): boolean;
}

/**
 * Which counts were used, in bounded memory: of each nonce the highest and those of a window below it. A nonce that had
 * to be forgotten is refused from then on, with all that were issued before it.
 */
export function createUsedCounts(maxNonces: number = MAX_NONCES): UsedCounts {
  const known = new Map<string, { issuedAt: number; highest: number; window: Set<number> }>();
  let forgottenUpTo = Number.NEGATIVE_INFINITY;
  return {
    take(nonce, count, issuedAt) {
      let entry = known.get(nonce);
      if (entry === undefined) {
        if (issuedAt <= forgottenUpTo) return false;
        if (known.size >= maxNonces) {
          const [oldest, { issuedAt: at }] = known.entries().next().value!;
          known.delete(oldest);
          forgottenUpTo = Math.max(forgottenUpTo, at);
        }
        entry = { issuedAt, highest: 0, window: new Set() };
      }
      // The one that was used last is forgotten last.
      known.delete(nonce);
      known.set(nonce, entry);
      if (count <= entry.highest - WINDOW || entry.window.has(count)) return false;
      entry.window.add(count);
      entry.highest = Math.max(entry.highest, count);
      // Now and then, and not with each: those below the window are refused without being known.
      if (entry.window.size > 2 * WINDOW)
        for (const one of entry.window) if (one <= entry.highest - WINDOW) entry.window.delete(one);
      return true;
    },
  };
}
