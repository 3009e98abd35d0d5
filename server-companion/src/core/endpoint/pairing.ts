/** Pairing: a code from the terminal for a token that outlives the process. Only the token's hash is kept. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { PairAnswer } from '../../../../protocol/index.ts';
import type { Identity } from '../identity.ts';
import { readState, writeState } from '../state-directory.ts';
import type { Refusal } from './gate.ts';

/** No letter that reads like a digit, no vowels that make words. */
const ALPHABET = 'BCDFGHJKMNPQRTVWXYZ2346789';
const CODE_LENGTH = 8;
const CODE_LIFE_MS = 120_000;
const MAX_TRIES = 5;
/** Codes that one process prints: who asks over and over floods no terminal. */
const MAX_CODES_PRINTED = 20;
/** Browsers paired with one project: the oldest goes first. */
const MAX_TOKENS = 32;

interface StoredToken {
  /** SHA-256 in hex. */
  hash: string;
  origin: string;
  createdAt: number;
}

export interface Pairing {
  /** Prints a code, unless one is live. */
  begin(): PairAnswer | Refusal;
  /** Exchanges the code for a token bound to `origin`. */
  complete(code: string, origin: string): PairAnswer | Refusal;
  /** In constant time for each stored token. */
  isToken(token: string | undefined, origin: string | undefined): boolean;
}

export interface PairingOptions {
  identity: Pick<Identity, 'directory' | 'root' | 'project'>;
  /** Where the code is shown; default: standard error. */
  print?: (line: string) => void;
  now?: () => number;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** Where no origin is sent, a token of any origin serves: the token itself is the proof. */
const fits = (stored: StoredToken, origin: string | undefined) => origin === undefined || stored.origin === origin;

const isStored = (value: unknown): value is StoredToken => {
  const token = value as Partial<StoredToken> | null;
  return (
    typeof token === 'object' &&
    token !== null &&
    /^[0-9a-f]{64}$/.test(String(token.hash)) &&
    typeof token.origin === 'string'
  );
};

export function createPairing({
  identity,
  print = (line) => process.stderr.write(`${line}\n`),
  now = Date.now,
}: PairingOptions): Pairing {
  let live: { code: string; until: number; tries: number } | undefined;
  let printed = 0;
  /** Kept where the directory can't be written: then pairing lasts as long as the process. */
  let unsaved: StoredToken[] = [];

  const stored = (): StoredToken[] => {
    const file = readState(identity.directory, identity.root, 'pairing') as { tokens?: unknown } | undefined;
    return [...(Array.isArray(file?.tokens) ? file.tokens.filter(isStored) : []), ...unsaved];
  };

  function keep(token: StoredToken): void {
    const tokens = [...stored(), token].slice(-MAX_TOKENS);
    try {
      writeState(identity.directory, identity.root, 'pairing', { tokens });
      unsaved = [];
    } catch {
      unsaved = tokens;
    }
  }

  return {
    begin() {
      if (live !== undefined && live.until > now()) return { state: 'code-printed', expiresInMs: live.until - now() };
      if (printed >= MAX_CODES_PRINTED)
        return {
          status: 429,
          code: 'too-many-tries',
          message: `This process has printed ${MAX_CODES_PRINTED} codes.`,
          mend: 'Restart the dev server.',
        };
      printed += 1;
      const code = Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      live = { code, until: now() + CODE_LIFE_MS, tries: 0 };
      print(
        `Sessionscope: pairing code for ${identity.project}: ${code}   (for 2 minutes; type it into the Sessions panel)`,
      );
      return { state: 'code-printed', expiresInMs: CODE_LIFE_MS };
    },
    complete(code, origin) {
      if (live === undefined || live.until <= now()) {
        live = undefined;
        return {
          status: 403,
          code: 'wrong-code',
          message: 'No code is live: it was used, or its 2 minutes are over.',
          mend: 'Ask for a new code.',
        };
      }
      live.tries += 1;
      const given = hashOf(code.toUpperCase().replace(/[^A-Z0-9]/g, ''));
      if (!timingSafeEqual(given, hashOf(live.code))) {
        if (live.tries < MAX_TRIES)
          return {
            status: 403,
            code: 'wrong-code',
            message: `That is not the code. ${MAX_TRIES - live.tries} tries are left.`,
          };
        live = undefined;
        return {
          status: 403,
          code: 'too-many-tries',
          message: `${MAX_TRIES} wrong codes: this one is spent.`,
          mend: 'Ask for a new code.',
        };
      }
      live = undefined;
      const token = randomBytes(32).toString('base64url');
      keep({ hash: hashOf(token).toString('hex'), origin, createdAt: now() });
      return { state: 'paired', token };
    },
    isToken(token, origin) {
      if (token === undefined || !/^[A-Za-z0-9_-]{43}$/.test(token)) return false;
      const given = hashOf(token);
      let found = false;
      // No early end: the time tells nothing of which one fits.
      for (const candidate of stored())
        if (timingSafeEqual(given, Buffer.from(candidate.hash, 'hex')) && fits(candidate, origin)) found = true;
      return found;
    },
  };
}
