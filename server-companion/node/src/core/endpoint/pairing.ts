/** Pairing: a code from the terminal for a token that outlives the process. The processes of a project share the code. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { PairAnswer } from '../../../../../protocol/index.ts';
import type { Identity } from '../identity.ts';
import { withStateLock } from '../state-directory.ts';
import type { Refusal } from './gate.ts';
import { keyOf, type PairedKeys } from './paired-keys.ts';

/** No letter that reads like a digit, no vowels that make words. */
const ALPHABET = 'BCDFGHJKMNPQRTVWXYZ2346789';
const CODE_LENGTH = 8;
const CODE_LIFE_MS = 120_000;
const MAX_TRIES = 5;
/** Codes that one process prints: who asks over and over floods no terminal. */
const MAX_CODES_PRINTED = 20;

export interface Pairing {
  /** Prints a code, unless one is live, whichever process of the project printed it. */
  begin(): Promise<PairAnswer | Refusal>;
  /** Exchanges the code for a token bound to `origin`. */
  complete(code: string, origin: string): Promise<PairAnswer | Refusal>;
}

export interface PairingOptions {
  identity: Pick<Identity, 'directory' | 'root' | 'project'>;
  keys: PairedKeys;
  /** Where the code is shown; default: standard error. */
  print?: (line: string) => void;
  now?: () => number;
}

const hashOf = (code: string) => createHash('sha256').update(code).digest();

const NO_CODE: Refusal = {
  status: 403,
  code: 'wrong-code',
  message: 'The code has expired or was already used.',
  fix: 'Ask for a new code.',
};

export function createPairing({
  identity,
  keys,
  print = (line) => process.stderr.write(`${line}\n`),
  now = Date.now,
}: PairingOptions): Pairing {
  let printed = 0;

  /** Under the project's lock; without it where there is none to take, since nothing is shared then either. */
  async function exclusively<T>(work: () => T): Promise<T> {
    let done: { result: T } | undefined;
    const once = () => (done ??= { result: work() }).result;
    try {
      return await withStateLock(identity.directory, identity.root, 'pairing', once);
    } catch {
      return once();
    }
  }

  function begin(): PairAnswer | Refusal {
    const state = keys.read();
    const left = state.code === undefined ? 0 : state.code.until - now();
    // Whoever's clock jumped does not keep a code alive.
    if (left > 0 && left <= CODE_LIFE_MS) return { state: 'code-printed', expiresInMs: left };
    if (printed >= MAX_CODES_PRINTED)
      return {
        status: 429,
        code: 'too-many-tries',
        message: `This process has printed ${MAX_CODES_PRINTED} codes.`,
        fix: 'Restart the dev server.',
      };
    printed += 1;
    const code = Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    keys.write({ ...state, code: { hash: hashOf(code).toString('hex'), until: now() + CODE_LIFE_MS, tries: 0 } });
    print(
      `Sessionscope: pairing code for ${identity.project}: ${code}   (for 2 minutes; type it into the Sessions panel)`,
    );
    return { state: 'code-printed', expiresInMs: CODE_LIFE_MS };
  }

  function complete(given: string, origin: string): PairAnswer | Refusal {
    const { tokens, code } = keys.read();
    if (code === undefined || code.until <= now() || code.tries >= MAX_TRIES) return NO_CODE;
    const tries = code.tries + 1;
    const isRight = timingSafeEqual(
      hashOf(given.toUpperCase().replace(/[^A-Z0-9]/g, '')),
      Buffer.from(code.hash, 'hex'),
    );
    if (isRight) {
      const token = randomBytes(32).toString('base64url');
      keys.write({ tokens: [...tokens, { hash: keyOf(token).toString('hex'), origin, createdAt: now() }] });
      return { state: 'paired', token };
    }
    if (tries < MAX_TRIES) {
      keys.write({ tokens, code: { ...code, tries } });
      return {
        status: 403,
        code: 'wrong-code',
        message: `That is not the code. ${MAX_TRIES - tries} tries are left.`,
      };
    }
    keys.write({ tokens });
    return {
      status: 403,
      code: 'too-many-tries',
      message: `${MAX_TRIES} wrong codes: this code is no longer valid.`,
      fix: 'Ask for a new code.',
    };
  }

  return {
    begin: () => exclusively(begin),
    complete: (code, origin) => exclusively(() => complete(code, origin)),
  };
}
