/** h3's sessions as the endpoint needs them: the cookie is the record, sealed with the app's password. */
import { cookiesOf, decoded } from '../../core/sent-cookies.ts';
import { IRON_DEFAULTS, openSeal, type Seal, type SealSettings } from '../../kit/iron-seal.ts';
import type { CookieReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import { LIMITS } from '../../../../../protocol/index.ts';
import { joined } from './chunks.ts';
import type { RawSession, SessionConfig } from './types.ts';

/** What became of a cookie that was sent, as h3 takes it. */
export type Taken = 'open' | 'expired' | 'tampered' | 'malformed';

export interface SentSeal {
  /** The seal, its chunks joined: what names the session. */
  readonly key: string;
  readonly taken: Taken;
  readonly signature: CookieReading['signature'];
}

type Header = (name: string) => string | undefined;

export interface H3Library extends SessionLibrary {
  readonly cookieName: string;
  readonly setsCookie: boolean;
  /** Of a request; `undefined`: it carried none. h3 looks into the header first. */
  readSent(header: Header, config?: SessionConfig): (SentSeal & { readonly isFromHeader: boolean }) | undefined;
  /** What the app's own code has sealed in this process: it need not be opened to know whose it is. */
  learn(key: string, session: Times, config: SessionConfig): void;
  /** What a seal holds; `undefined`: it can't be opened. */
  dataOf(key: string): Record<string, unknown> | undefined;
  /** When a session ends by these settings: Epoch ms; `null`: never by itself. */
  endOf(session: Times, config: SessionConfig): number | null;
}

export type Times = Pick<RawSession, 'createdAt' | 'lastSeenAt'>;

export const DEFAULT_NAME = 'h3';

/** Rounds of PBKDF2 in h3 2. h3 1 has one, and h3 2 opens its seals too. */
const ITERATIONS = 8192;

/** Seals of which is remembered what they are: opening one of h3 2 takes milliseconds, and a page asks several times. */
const MAX_LEARNED = 2_000;

/** Of a seal; `sealEnd`: its own, which h3 gives it beside the session's. */
type Known = { taken: Exclude<Taken, 'open' | 'expired'> } | { taken: 'sealed'; sealEnd: number | null; times: Times };

export function h3Library(config: SessionConfig, major: 1 | 2): H3Library {
  const { name: cookieName = DEFAULT_NAME, password, cookie } = config;
  const formats = formatsOf(config, major);
  const learned = new Map<string, Known>();
  const headerName = headerNameOf(config, cookieName);
  const skewMs = formats[0]!.skewMs;

  const endOf: H3Library['endOf'] = ({ createdAt, lastSeenAt }, { maxAge, idleTimeout }) => {
    const ends = maxAge ? [createdAt + maxAge * 1000] : [];
    if (major === 2 && idleTimeout) ends.push((lastSeenAt || createdAt) + idleTimeout * 1000);
    return ends.length === 0 ? null : Math.min(...ends);
  };
  /** By the password alone: an end is another matter. */
  function open(key: string): Seal {
    let seal: Seal = { outcome: 'malformed' };
    for (const format of formats) {
      seal = openSeal(key, password, Date.now(), format);
      if (seal.outcome !== 'tampered') break;
    }
    return seal;
  }
  function remember(key: string, known: Known): Known {
    if (learned.size >= MAX_LEARNED) learned.delete(learned.keys().next().value!);
    learned.set(key, known);
    return known;
  }
  function knownOf(key: string): Known {
    const known = learned.get(key);
    if (known !== undefined) return known;
    const seal = open(key);
    if (!('data' in seal)) return remember(key, { taken: seal.outcome === 'tampered' ? 'tampered' : 'malformed' });
    const session = seal.data as Partial<RawSession>;
    // Without an ID h3 begins another session.
    if (!session.id) return remember(key, { taken: 'malformed' });
    const { createdAt = 0, lastSeenAt } = session;
    const times: Times = lastSeenAt === undefined ? { createdAt } : { createdAt, lastSeenAt };
    return remember(key, { taken: 'sealed', sealEnd: seal.expiresAt, times });
  }
  /** `used`: the settings of the call, which may give other ends than those of the first. */
  function takenOf(key: string, used: SessionConfig = config): Taken {
    const known = knownOf(key);
    if (known.taken !== 'sealed') return known.taken;
    const now = Date.now();
    const end = endOf(known.times, used);
    const isOver = (known.sealEnd !== null && known.sealEnd <= now - skewMs) || (end !== null && end < now);
    return isOver ? 'expired' : 'open';
  }
  const sent = (key: string, used?: SessionConfig): SentSeal | undefined => {
    if (key === '') return undefined;
    const taken = takenOf(key, used);
    return { key, taken, signature: signatureOf(taken) };
  };
  const keyIn = (cookies: readonly SentCookie[]): string => {
    // The first of several of one name is the one that h3 takes.
    const values = new Map(cookies.toReversed().map(({ name, value }) => [name, decoded(value)]));
    return major === 1 ? (values.get(cookieName) ?? '') : joined((name) => values.get(name), cookieName);
  };
  const cookieNames = cookieNamesOf(cookieName, major);
  return {
    name: 'h3',
    cookieName,
    setsCookie: cookie !== false,
    cookieNames,
    store: 'cookie',
    recordsIn: 'cookie',
    commit: 'explicit',
    secret: password,
    endOf,
    describeSettings: () => ({
      ...settingsAsCode({ ...config }, ['name', 'maxAge', 'idleTimeout', 'sessionHeader', 'legacySealFallback']),
      ...(cookie === false
        ? { cookie: 'false' }
        : settingsAsCode(
            cookie ?? {},
            ['maxAge', 'secure', 'httpOnly', 'sameSite', 'path', 'domain', 'partitioned', 'chunkMaxLength'],
            'cookie.',
          )),
    }),
    readCookie: ({ name, value }, all) => {
      if (!cookieNames.includes(name)) return undefined;
      const given = sent(keyIn(all));
      if (given === undefined) return undefined;
      // A chunk that is not of what the library reads names no session.
      if (name !== cookieName && !given.key.includes(decoded(value))) return undefined;
      const { signature, key, taken } = given;
      return taken === 'open' ? { signature, key } : { signature };
    },
    readSent(header, used) {
      const given = headerName === undefined ? undefined : header(headerName);
      const found = sent(given || keyIn(cookiesOf(header('cookie'))), used);
      return found && { ...found, isFromHeader: Boolean(given) };
    },
    learn(key, times, { seal }) {
      const ttl = typeof seal?.['ttl'] === 'number' ? seal['ttl'] : 0;
      remember(key, { taken: 'sealed', sealEnd: ttl > 0 ? Date.now() + ttl : null, times });
    },
    dataOf: (key) => dataIn(open(key)),
    readRecord(key) {
      const data = dataIn(open(key));
      const known = knownOf(key);
      return Promise.resolve(
        data === undefined || known.taken !== 'sealed'
          ? { outcome: 'missing' }
          : {
              outcome: takenOf(key) === 'expired' ? 'expired' : 'found',
              data: liveProperties(data, () => true),
              bytes: key.length,
              expiresAt: endOf(known.times, config),
            },
      );
    },
  };
}

function dataIn(seal: Seal): Record<string, unknown> | undefined {
  if (!('data' in seal)) return undefined;
  const { data } = seal.data;
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}

const headerNameOf = ({ sessionHeader }: SessionConfig, name: string): string | undefined =>
  sessionHeader === false ? undefined : (sessionHeader ?? `x-${name}-session`).toLowerCase();

/** In the order in which they are tried. */
function formatsOf({ seal = {}, legacySealFallback }: SessionConfig, major: 1 | 2): SealSettings[] {
  const { encryption = {}, integrity = {}, timestampSkewSec } = seal;
  const rounds = major === 2 ? ITERATIONS : 1;
  const format: SealSettings = {
    algorithm: encryption.algorithm === 'aes-128-ctr' ? 'aes-128-ctr' : 'aes-256-cbc',
    iterations: { encryption: encryption.iterations ?? rounds, integrity: integrity.iterations ?? rounds },
    skewMs: timestampSkewSec === undefined ? IRON_DEFAULTS.skewMs : timestampSkewSec * 1000,
  };
  if (major === 1 || legacySealFallback === false || format.iterations.integrity === 1) return [format];
  return [format, { ...format, iterations: IRON_DEFAULTS.iterations }];
}

/** h3 2 splits a seal over as many as 100 cookies; the wire names the first of them, more than Node's server takes. */
const cookieNamesOf = (name: string, major: 1 | 2): [string, ...string[]] => [
  name,
  ...(major === 1 ? [] : Array.from({ length: LIMITS.cookieNames - 1 }, (_, at) => `${name}.${at + 1}`)),
];

/** An end that has passed makes a seal no less genuine. */
function signatureOf(taken: Taken): CookieReading['signature'] {
  if (taken === 'open' || taken === 'expired') return 'valid';
  return taken === 'malformed' ? 'malformed' : 'invalid';
}
