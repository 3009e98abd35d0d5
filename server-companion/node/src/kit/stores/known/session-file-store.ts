/**
 * session-file-store 1: a file for each session. Its end is counted from the last access, which each save and touch
 * writes into the record: `originalMaxAge` of the cookie, and where that has none the option `ttl`. The cookie's own end
 * decides nothing. Its `get` removes a file that it can't decode.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNamed, isObject } from '../store-kind.ts';
import { JSON_OUTSIDE, type KnownStore } from './known-store.ts';

interface Options {
  path: string;
  fileExtension: string;
  /** Seconds. */
  ttl: number;
  encoding: BufferEncoding;
  encoder: unknown;
  decoder: (text: string) => unknown;
  /** Its files are encrypted. */
  secret?: unknown;
}

function optionsOf(store: Record<string, unknown>): Options | undefined {
  const { options } = store;
  const isOne = isObject(options) && typeof options['path'] === 'string' && typeof options['decoder'] === 'function';
  return isOne ? (options as unknown as Options) : undefined;
}

/** A name that leads out of the folder is no session of it. */
const LEADS_ELSEWHERE = /[/\\]|^\.\.?$/;

/** How long a record lives from its last access, ms; `undefined`: not by what is known. */
const lifeMs = (cookie: unknown, { ttl }: Options): number | undefined => {
  const maxAge = isObject(cookie) ? cookie['originalMaxAge'] : undefined;
  const life = Number(maxAge) || Number(ttl) * 1000;
  return Number.isFinite(life) ? life : undefined;
};

export const sessionFileStore: KnownStore = {
  kind(store) {
    const options = isNamed(store, 'FileStore') ? optionsOf(store) : undefined;
    if (options === undefined) return undefined;
    const isJson = options.encoder === JSON.stringify && options.decoder === JSON.parse;
    return {
      ...JSON_OUTSIDE,
      keepsJson: isJson,
      hasOwnSerializer: !isJson,
      clock(moment, cookie) {
        const life = lifeMs(cookie, options);
        if (moment === 'load' || life === undefined) return {};
        const { originalMaxAge } = cookie;
        return { storeAt: Date.now() + life, storeFrom: originalMaxAge ? 'cookie.originalMaxAge' : 'ttl option' };
      },
    };
  },
  read(store) {
    const options = isNamed(store, 'FileStore') ? optionsOf(store) : undefined;
    if (options === undefined || (options.secret !== undefined && options.secret !== null)) return undefined;
    return async (key) => {
      if (LEADS_ELSEWHERE.test(key)) return undefined;
      const text = await readFile(join(options.path, key + options.fileExtension), options.encoding).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined;
          throw error;
        },
      );
      if (text === undefined) return undefined;
      const record = { data: text, decode: options.decoder, bytes: Buffer.byteLength(text) };
      const end = endIn(text, options);
      return end === undefined ? record : { ...record, expiresAt: end };
    };
  },
};

/** When the store takes this record for ended; `undefined`: it does not say. */
function endIn(text: string, options: Options): number | undefined {
  try {
    const session = options.decoder(text);
    const life = isObject(session) ? lifeMs(session['cookie'], options) : undefined;
    const at = isObject(session) ? Number(session['__lastAccess']) : Number.NaN;
    return life !== undefined && Number.isFinite(at) ? at + life : undefined;
  } catch {
    // Who decodes it for the panel says why it can't be.
    return undefined;
  }
}
