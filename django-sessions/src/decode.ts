/** Reads a record alone: a `session_data` of the table, a session file, a signed cookie. */
import { createRecordCodec, type Serializer } from './codec/record.ts';
import { createSigner } from './codec/signing.ts';
import { COOKIE_SALT, RECORD_SALT } from './settings.ts';

export interface DecodeOptions {
  /** Django: `SECRET_KEY`. */
  secretKey: string;
  /** Django: `SECRET_KEY_FALLBACKS`. @default [] */
  secretKeyFallbacks?: readonly string[];
  /** `cookie`: the text is a cookie of the `signed_cookies` engine. @default 'record' */
  kind?: 'record' | 'cookie';
  /** Refuses what was signed more seconds ago. @default no limit */
  maxAge?: number;
  serializer?: Serializer;
}

/**
 * The data of a record, in the order of its keys. Throws `BadSignature` (another key, changed text), `SignatureExpired`
 * or `MalformedRecordError`: unlike a session, which reads as empty.
 */
export function decodeSession(
  text: string,
  { secretKey, secretKeyFallbacks, kind = 'record', maxAge, serializer }: DecodeOptions,
): Map<string, unknown> {
  const salt = kind === 'cookie' ? COOKIE_SALT : RECORD_SALT;
  return createRecordCodec(createSigner({ secretKey, secretKeyFallbacks, salt }), serializer).decode(text, maxAge);
}

/** The record of a session's data, as Django would store it. Throws `UnserializableValueError`. */
export function encodeSession(
  data: ReadonlyMap<string, unknown> | Record<string, unknown>,
  { secretKey, kind = 'record', serializer }: Omit<DecodeOptions, 'maxAge' | 'secretKeyFallbacks'>,
): string {
  const salt = kind === 'cookie' ? COOKIE_SALT : RECORD_SALT;
  const entries = data instanceof Map ? (data as ReadonlyMap<string, unknown>) : new Map(Object.entries(data));
  return createRecordCodec(createSigner({ secretKey, salt }), serializer).encode(entries);
}
