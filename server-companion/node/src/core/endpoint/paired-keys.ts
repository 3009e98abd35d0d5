/**
 * The keys of the panels that are paired with a project, in the project's 0600 file. A key is the SHA-256 of a token:
 * the token itself is given out once and kept by the panel alone.
 */
import { createHash, createHmac } from 'node:crypto';
import { readState, type StoredProject, writeState } from '../state-directory.ts';

/** Browsers paired with one project: the oldest goes first. */
const MAX_KEYS = 32;

export interface StoredKey {
  /** The key: SHA-256 of the token's text, in hex. */
  hash: string;
  origin: string;
  createdAt: number;
}

/** The live code, as the processes of a project share it. */
export interface StoredCode {
  /** SHA-256 in hex. */
  hash: string;
  /** Epoch ms. */
  until: number;
  tries: number;
}

export interface PairingState {
  tokens: StoredKey[];
  code?: StoredCode;
}

/** The key of a token, and its name on the wire. */
export const keyOf = (token: string): Buffer => createHash('sha256').update(token).digest();
export const keyIdOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

export const macOf = (key: Buffer, ...lines: string[]): string =>
  createHmac('sha256', key).update(lines.join('\n')).digest('hex');

const HASH = /^[0-9a-f]{64}$/;
const asObject = (value: unknown) => (typeof value === 'object' && value !== null ? value : {});

const isKey = (value: unknown): value is StoredKey => {
  const { hash, origin } = asObject(value) as Partial<StoredKey>;
  return HASH.test(String(hash)) && typeof origin === 'string';
};

const isCode = (value: unknown): value is StoredCode => {
  const { hash, until, tries } = asObject(value) as Partial<StoredCode>;
  return HASH.test(String(hash)) && Number.isFinite(until) && Number.isSafeInteger(tries);
};

export interface PairedKeys {
  /** What is kept now; what is damaged is left out. */
  read(): PairingState;
  /** Keeps it, for as long as the process lives where the directory can't be written. */
  write(state: PairingState): void;
  /** The key of this name that was given to `origin`; of any origin, where none is named: the key itself is the proof. */
  find(id: string, origin: string | undefined): Buffer | undefined;
}

/** Whose keys: a project by its folder, or by its files alone. */
export interface KeysOf {
  directory: string;
  root: string | StoredProject;
}

export function createPairedKeys({ directory, root }: KeysOf): PairedKeys {
  /** Kept where the directory can't be written. */
  let unsaved: PairingState | undefined;

  function read(): PairingState {
    if (unsaved !== undefined) return unsaved;
    const { tokens, code } = asObject(readState(directory, root, 'pairing')) as Record<string, unknown>;
    return {
      tokens: Array.isArray(tokens) ? tokens.filter(isKey).slice(-MAX_KEYS) : [],
      ...(isCode(code) ? { code } : {}),
    };
  }

  return {
    read,
    write(state) {
      const kept = { ...state, tokens: state.tokens.slice(-MAX_KEYS) };
      try {
        writeState(directory, root, 'pairing', kept);
        unsaved = undefined;
      } catch {
        unsaved = kept;
      }
    },
    find(id, origin) {
      for (const stored of read().tokens) {
        const key = Buffer.from(stored.hash, 'hex');
        // A name is no secret: it is sent.
        if (keyIdOf(key) === id && (origin === undefined || stored.origin === origin)) return key;
      }
      return undefined;
    },
  };
}
