/** Who a project is, and how its sessions are named without their keys. */
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KeyWords } from './key-words.ts';
import { createState, readState, stateDirectory, writeState } from './state-directory.ts';

/**
 * Sessions that one process remembers the keys of, to take them out of texts: twice as many as its log holds events, so
 * that what the log names is known. Some 6 MB at most.
 */
const MAX_FINGERPRINTS = 20_000;

export interface Identity {
  /** Names the project on the wire: 22 random characters, the same over restarts. */
  readonly app: string;
  /** The project's name, for people. */
  readonly project: string;
  /** Absolute path of the nearest folder with a package.json, from the working directory up. */
  readonly root: string;
  /** Where pairing is kept. */
  readonly directory: string;
  /** 12 hex digits that name a session: the same over restarts, worth nothing to who wants the key. */
  fingerprint(sessionKey: string): string;
  /** The same name, remembering nothing: for a key that a caller only claims. */
  nameOf(sessionKey: string): string;
  /** 12 hex digits of a keyed hash of a text: equal digests, equal text. Never comparable with a fingerprint. */
  digest(text: string): string;
  /** 64 hex digits: HMAC-SHA-256 of a text under the project's key, which all its processes have. */
  mac(text: string): string;
  /** The key of a session named before by this process, if it is still remembered. */
  keyOf(fingerprint: string): string | undefined;
  /**
   * A text with `(session 5814cd18be33)` in place of each session key that this process remembers, or of its longest
   * plain part, wherever it stands; one of less than 16 characters is too like a word to be found.
   */
  withoutKeys(text: string): string;
  /** The same for a JSON text, which stays one. */
  withoutKeysInJson(json: string): string;
}

interface Stored {
  app: string;
  key: string;
}

const isStored = (value: unknown): value is Stored =>
  typeof value === 'object' &&
  value !== null &&
  /^[A-Za-z0-9_-]{22}$/.test(String((value as Stored).app)) &&
  /^[A-Za-z0-9+/=]{44}$/.test(String((value as Stored).key));

/** The nearest folder with a package.json from `folder` up, or `folder`. */
export function projectRoot(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, 'package.json'))) return current;
    if (dirname(current) === current) return folder;
  }
}

function projectName(root: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: unknown };
    if (typeof name === 'string' && printable(name) !== '') return printable(name);
  } catch {
    // No package.json: the folder's name does.
  }
  return printable(basename(root)) || 'app';
}

/** A name is printed beside the pairing code: it must move no cursor, and turn no text around. */
const printable = (name: string) => name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, 100);

/** Makes an identity and keeps it, unless another process of the project has kept one meanwhile. */
function keepIdentity(root: string, directory: string): Stored {
  const made: Stored = { app: randomBytes(16).toString('base64url'), key: randomBytes(32).toString('base64') };
  try {
    if (createState(directory, root, 'identity', made)) return made;
    // There is one: another process was first, or it is damaged.
    const theirs = readState(directory, root, 'identity');
    if (isStored(theirs)) return theirs;
    writeState(directory, root, 'identity', made);
  } catch {
    // A read-only home: sessions get new names at the next start, nothing else changes.
  }
  return made;
}

/** The project's identity, made at the first call. Where it can't be kept it lives as long as the process. */
export function loadIdentity(
  root: string = projectRoot(process.cwd()),
  directory: string = stateDirectory(),
): Identity {
  const stored = readState(directory, root, 'identity');
  const { app, key } = isStored(stored) ? stored : keepIdentity(root, directory);
  return createIdentity({ app, project: projectName(root), root, directory, key: createSecretKey(key, 'base64') });
}

/** As `loadIdentity`, from parts: for tests and for whoever keeps them elsewhere. */
export function createIdentity(parts: {
  app: string;
  project: string;
  root: string;
  directory: string;
  key: KeyObject;
}): Identity {
  const { key, ...names } = parts;
  // A KeyObject makes HMAC six times as fast as a Buffer: the key is prepared once.
  const hash = (purpose: string, text: string) =>
    createHmac('sha256', key).update(purpose).update(text).digest('hex').slice(0, 12);
  const fingerprints = new Map<string, string>();
  const keys = new Map<string, string>();
  /** The last one asked for: each part of a request asks for the same. */
  let lastKey: string | undefined;
  let lastName = '';
  const words = new KeyWords();
  return {
    ...names,
    fingerprint(sessionKey) {
      if (sessionKey === lastKey) return lastName;
      const known = fingerprints.get(sessionKey);
      if (known !== undefined) {
        lastKey = sessionKey;
        return (lastName = known);
      }
      const made = hash('session\0', sessionKey);
      if (fingerprints.size >= MAX_FINGERPRINTS) {
        const [oldest, name] = fingerprints.entries().next().value!;
        if (oldest === lastKey) lastKey = undefined;
        fingerprints.delete(oldest);
        keys.delete(name);
        words.delete(oldest);
      }
      fingerprints.set(sessionKey, made);
      keys.set(made, sessionKey);
      words.add(sessionKey, made);
      return made;
    },
    nameOf: (sessionKey) => fingerprints.get(sessionKey) ?? hash('session\0', sessionKey),
    digest: (text) => hash('value\0', text),
    mac: (text) => createHmac('sha256', key).update(text).digest('hex'),
    keyOf: (fingerprint) => keys.get(fingerprint),
    withoutKeys: (text) => words.replaceIn(text),
    withoutKeysInJson: (json) => words.replaceIn(json, true),
  };
}
