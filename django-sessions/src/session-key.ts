/** The keys that name sessions: how one is made, and what could be one. */
import { randomBytes } from 'node:crypto';

const KEY_LENGTH = 32;
const KEY_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Django's: a shorter key counts as none. */
export const MIN_KEY_LENGTH = 8;
/**
 * A key comes from the client, who can invent it. Django's alphabet, and the length of its column (`varchar(40)`):
 * whatever else a cookie says is not handed to a database, a cache or a file system. Lower case alone also keeps a
 * database that ignores case from finding a record under another spelling of its key.
 */
const KEY = /^[a-z0-9]{8,40}$/;

/** A new key: 32 of 36 characters, from the system's random source. */
export function newSessionKey(): string {
  let key = '';
  while (key.length < KEY_LENGTH)
    for (const byte of randomBytes(KEY_LENGTH))
      // 252 is the last multiple of 36 below 256: what lies above would favor the first characters.
      if (byte < 252 && key.length < KEY_LENGTH) key += KEY_CHARACTERS[byte % KEY_CHARACTERS.length];
  return key;
}

/** Whether a text has the form of a session key: 8 to 40 of `a-z0-9`. */
export const isSessionKey = (text: string): boolean => KEY.test(text);
