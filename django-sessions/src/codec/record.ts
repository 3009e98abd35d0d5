/** A session's data as the signed text that Django stores: `django.core.signing.dumps` and `loads`. */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { MalformedRecordError } from '../errors.ts';
import { readSessionJson } from './json-read.ts';
import { writeSessionJson } from './json-write.ts';
import type { Signer } from './signing.ts';

/** Makes text of a session's data and back. Django's is `JSONSerializer`; another one must fit Django's side. */
export interface Serializer {
  /** Throws what names the key and the type where a value cannot be carried. */
  dumps(data: ReadonlyMap<string, unknown>): Uint8Array;
  /** A map, or a plain object. Throws where it cannot be read. */
  loads(bytes: Uint8Array): Map<string, unknown> | object;
}

const view = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** `django.core.signing.JSONSerializer`. */
export const jsonSerializer: Serializer = {
  dumps: (data) => Buffer.from(writeSessionJson(data), 'latin1'),
  loads: (bytes) => readSessionJson(view(bytes)),
};

/**
 * A record that unpacks to more holds no session. Django sets no bound: a signed zip bomb fills its memory. A session
 * of this size would take seconds to read for every request.
 */
export const MAX_UNPACKED_BYTES: number = 64 * 1024 * 1024;

/** In base 64, with room to spare: what is longer is not looked at. */
export const MAX_RECORD_BYTES: number = 2 * MAX_UNPACKED_BYTES;

export class RecordTooLarge extends MalformedRecordError {
  constructor() {
    super(`It is larger than ${MAX_RECORD_BYTES} bytes.`);
  }
}

/** Less than Django's 6: what it packs is a few per cent longer and takes a fraction of the time. */
const LEVEL = 3;

/** A window and a hash table no larger than the text needs: to make them ready is most of the work for a short one. */
function pack(bytes: Uint8Array): Buffer {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes.length + 262))));
  return deflateSync(bytes, {
    level: LEVEL,
    windowBits,
    memLevel: Math.max(1, windowBits - 7),
    chunkSize: chunkFor(bytes.length),
  });
}

/** How far session data shrinks at best: room for all of it at once spares joining pieces. */
const usualGain = (length: number): number => (length < 1_000 ? 3 : 6);

const chunkFor = (length: number) => Math.min(65_536, Math.max(constants.Z_MIN_CHUNK, length));

export interface RecordCodec {
  /** `b64(payload):time:signature`, with a leading `.` where the payload is packed. */
  encode(data: ReadonlyMap<string, unknown>, nowMs?: number): string;
  /** Throws `BadSignature`, `SignatureExpired` or `MalformedRecordError`, nothing else. */
  decode(record: string, maxAge?: number, nowMs?: number): Map<string, unknown>;
}

export function createRecordCodec(signer: Signer, serializer: Serializer = jsonSerializer): RecordCodec {
  return {
    encode(data, nowMs) {
      const bytes = serializer.dumps(data);
      const packed = bytes.length < MIN_PACKABLE ? bytes : pack(bytes);
      const text =
        packed.length < bytes.length - 1 ? `.${view(packed).toString('base64url')}` : view(bytes).toString('base64url');
      return signer.sign(text, nowMs);
    },
    decode(record, maxAge, nowMs) {
      if (record.length > MAX_RECORD_BYTES) throw new RecordTooLarge();
      const { text } = signer.unsign(record, maxAge, nowMs);
      try {
        const isPacked = text.startsWith('.');
        const bytes = Buffer.from(isPacked ? text.slice(1) : text, 'base64url');
        return asMap(
          serializer.loads(
            isPacked
              ? inflateSync(bytes, {
                  maxOutputLength: MAX_UNPACKED_BYTES,
                  chunkSize: chunkFor(bytes.length * usualGain(bytes.length)),
                })
              : bytes,
          ),
        );
      } catch (error) {
        if (error instanceof MalformedRecordError) throw error;
        throw new MalformedRecordError(`The record cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** What a serializer gave, as a session's data. */
function asMap(given: unknown): Map<string, unknown> {
  if (given instanceof Map) return given as Map<string, unknown>;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return new Map(Object.entries(given));
  throw new MalformedRecordError('The serializer gave neither a map nor an object.');
}

/**
 * Below it, to pack takes twice as long as all else together, and spares 60 characters in a hundred of what nobody runs
 * out of. Django reads both.
 */
const MIN_PACKABLE = 512;
