/** `@sessionscope/django-sessions` as the endpoint needs it: its cookie, its settings, a look into its store. */
import type { Sessions, SessionsOptions, Settings } from '@sessionscope/django-sessions';
import { unquoted } from '../../core/sent-cookies.ts';
import type { CookieReading, RecordReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { recordsIn } from './records-in.ts';
import { describeSettings } from './settings.ts';

/** Django takes what is shorter for no key. */
const MIN_KEY_LENGTH = 8;

export function djangoSessionsLibrary(sessions: Sessions, options: SessionsOptions): SessionLibrary {
  const { secretKey } = options as { secretKey?: unknown };
  const { settings } = sessions;
  return {
    name: '@sessionscope/django-sessions',
    cookieNames: [settings.cookieName],
    store: settings.engine,
    recordsIn: recordsIn(options),
    secret: typeof secretKey === 'string' ? secretKey : undefined,
    describeSettings: () => describeSettings(settings),
    readCookie({ name, value }: SentCookie): CookieReading | undefined {
      return name === settings.cookieName ? readValue(unquoted(value), settings) : undefined;
    },
    async readRecord(key): Promise<RecordReading> {
      const record = await sessions.peek(key);
      if (record.outcome === 'missing') return { outcome: 'missing' };
      if (record.outcome === 'unreadable') return { outcome: 'error', text: record.why };
      const isTooOld = settings.engine === 'signed_cookies' && sealOf(key, settings) === 'expired';
      return {
        outcome: isTooOld ? 'expired' : record.outcome,
        data: record.data,
        bytes: record.bytes,
        expiresAt: record.expiresAt?.getTime() ?? null,
      };
    },
  };
}

/** How the framework takes the value of its cookie. */
export function readValue(value: string, settings: Settings): CookieReading {
  if (value.length < MIN_KEY_LENGTH) return { signature: 'malformed' };
  if (settings.engine !== 'signed_cookies') return { signature: 'unsigned', key: value };
  const seal = sealOf(value, settings);
  return seal === 'invalid' || seal === 'malformed' ? { signature: seal } : { signature: 'valid', key: value };
}

/** `signed_cookies`: the cookie is the record. */
function sealOf(value: string, { cookieCodec, cookieAge }: Settings): 'found' | 'expired' | 'invalid' | 'malformed' {
  try {
    cookieCodec.decode(value, cookieAge);
    return 'found';
  } catch (error) {
    const { name } = error as Error;
    return name === 'SignatureExpired' ? 'expired' : name === 'BadSignature' ? 'invalid' : 'malformed';
  }
}

/** What a cookie of `signed_cookies` holds; one that is refused reads as empty. */
export function readSealed(value: string, { cookieCodec, cookieAge }: Settings): ReadonlyMap<string, unknown> {
  try {
    return cookieCodec.decode(value, cookieAge);
  } catch {
    return new Map();
  }
}
