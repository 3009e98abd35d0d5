/** express-session as the endpoint needs it: its cookie, its settings, a look into its store. */
import type { CookieReading, RecordReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { cookieEnd } from '../../kit/stores/store-kind.ts';
import { storeKindOf } from '../../kit/stores/store-kinds.ts';
import { decodeRecord, pureReadOf, whyUnreadable } from '../../kit/stores/store-reading.ts';
import { isData } from './methods.ts';
import { decodeSent, verifyCookie } from './request-cookie.ts';
import { describeSettings, type Settings } from './settings.ts';
import type { SessionLike, SessionOptions, StoreLike } from './types.ts';

export function expressSessionLibrary(
  settings: Settings,
  options: SessionOptions | undefined,
  store: StoreLike,
): SessionLibrary {
  const [secret] = settings.secrets;
  return {
    name: 'express-session',
    cookieNames: [settings.cookieName],
    store: store.constructor?.name ?? 'Store',
    recordsIn: storeKindOf(store).recordsIn,
    secret: typeof secret === 'string' ? secret : undefined,
    describeSettings: () => describeSettings(settings, options),
    readCookie({ name, value }: SentCookie): CookieReading | undefined {
      return name === settings.cookieName ? verifyCookie(decodeSent(value), settings.secrets) : undefined;
    },
    readRecord: (key) => readRecord(store, key),
  };
}

async function readRecord(store: StoreLike, key: string): Promise<RecordReading> {
  const read = pureReadOf(store);
  if (read === undefined)
    return {
      outcome: 'unreadable',
      text: `No way is known to read ${store.constructor?.name ?? 'Store'} without changing it. A store can offer one: peek(key), which gives { data, expiresAt }.`,
    };
  const record = await read(key);
  if (record === undefined) return { outcome: 'missing' };
  const data = decodeRecord(record);
  if (typeof data !== 'object' || data === null) return { outcome: 'unreadable', text: whyUnreadable(data) };
  const { cookie } = data as SessionLike;
  const own = cookie === undefined || cookie === null ? undefined : cookieEnd(cookie);
  const expiresAt = record.expiresAt === undefined ? own : record.expiresAt;
  return {
    outcome: typeof expiresAt === 'number' && expiresAt <= Date.now() ? 'expired' : 'found',
    data: liveProperties(data, isData),
    bytes: record.bytes,
    expiresAt,
  };
}
