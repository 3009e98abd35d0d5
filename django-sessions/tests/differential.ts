/**
 * The same program of requests through real Django and through ours, over HTTP. A third run shares one store between
 * both and sends each request to one of them. After each request everything that a browser or a store could tell must
 * agree.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { parseSetCookie } from 'cookie';
import { writeSessionJson } from '../src/codec/json-write.ts';
import { nodeSessions } from '../src/middleware/node-http.ts';
import { CreateError, MissingKeyError, UpdateError } from '../src/errors.ts';
import type { Session } from '../src/session.ts';
import { createSessions, type Sessions } from '../src/sessions.ts';
import type { SessionsOptions } from '../src/settings.ts';
import { pythonFile } from './python.ts';
import { SECRET, type TestStore } from './stores.ts';

// ── programs ─────────────────────────────────────────────────────────────────

type Step = readonly [name: string, ...args: unknown[]];

export interface RequestPlan {
  steps: Step[];
  status: number;
  raises: boolean;
  streams: boolean;
  vary: string | null;
  method: 'GET' | 'POST' | 'HEAD';
  /** `jar`: as a browser would; else something that no browser should send. */
  cookie: 'jar' | 'none' | 'first' | 'tampered' | 'short' | 'empty' | 'unknown' | 'odd' | 'twice' | 'quoted';
  /** In the shared run: who answers. */
  byDjango: boolean;
}

interface Program {
  settings: Record<string, unknown>;
  requests: RequestPlan[];
}

/** Where a step that asks whether a record exists has no key to ask for. */
const UNKNOWN_KEY = 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz';

const KEYS = ['username', 'cart', '_auth_user_id', 'ü', '0'] as const;
const key = fc.constantFrom(...KEYS);
const value = fc.oneof(
  fc.constantFrom<unknown>('john_doe', true, false, null, 0, 1, -1, 1.5, '', [], {}, [1, ['two'], { three: 3 }]),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.integer(),
  fc.string({ minLength: 100, maxLength: 300 }),
);
const named = (...names: string[]) => fc.constantFrom(...names).map((name): Step => [name]);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('set'), key, value) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('get'), key, value) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('get', 'require', 'delete', 'pop', 'has', 'nested'), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('pop', 'setDefault'), key, value) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('update'), fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true })),
  },
  { weight: 3, arbitrary: named('keys', 'values', 'entries', 'isEmpty', 'accessed', 'modified', 'hasKey', 'load') },
  { weight: 2, arbitrary: named('clear', 'flush', 'cycleKey', 'save', 'create') },
  { weight: 1, arbitrary: named('exists', 'deleteRecord', 'saveNew', 'getExpiryDate', 'setUnserializable') },
  { weight: 1, arbitrary: named('setTestCookie', 'testCookieWorked', 'deleteTestCookie') },
  { weight: 2, arbitrary: named('getExpiryAge', 'getExpireAtBrowserClose') },
  { weight: 2, arbitrary: fc.tuple(fc.constant('setExpiry'), fc.constantFrom(null, 0, 300, 86_400, -5, 600.5)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setExpiryDate'), fc.constantFrom(600, 100_000, -600)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setModified'), fc.boolean()) },
) as fc.Arbitrary<Step>;

const requestPlan: fc.Arbitrary<RequestPlan> = fc.record({
  steps: fc.array(step, { maxLength: 6 }),
  status: fc.constantFrom(200, 200, 200, 200, 302, 404, 500, 503),
  raises: fc.nat(15).map((roll) => roll === 0),
  streams: fc.nat(5).map((roll) => roll === 0),
  vary: fc.constantFrom(null, null, null, 'Accept-Language', 'cookie', '*', 'Accept, Cookie'),
  method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
  cookie: fc.oneof(
    { weight: 12, arbitrary: fc.constant('jar' as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom('none', 'first', 'tampered', 'short', 'empty', 'unknown', 'odd', 'twice', 'quoted'),
    },
  ),
  byDjango: fc.boolean(),
});

/** Django's settings; ours are made of them. */
const settings = fc.record(
  {
    SESSION_SAVE_EVERY_REQUEST: fc.constant(true),
    SESSION_EXPIRE_AT_BROWSER_CLOSE: fc.constant(true),
    SESSION_COOKIE_AGE: fc.constantFrom(60, 31_536_000),
    SESSION_COOKIE_PATH: fc.constant('/run'),
    SESSION_COOKIE_DOMAIN: fc.constant('example.test'),
    SESSION_COOKIE_SECURE: fc.constant(true),
    SESSION_COOKIE_HTTPONLY: fc.constant(false),
    SESSION_COOKIE_SAMESITE: fc.constantFrom('Strict', 'None', false),
    /** For `USE_TZ = False`. */
    TIME_ZONE: fc.constantFrom('America/St_Johns', 'Asia/Tokyo'),
  },
  { requiredKeys: [] },
);

/** As Django is told: a time zone counts where times are kept in it. */
const djangoSettings = (settings: Record<string, unknown>): string =>
  JSON.stringify('TIME_ZONE' in settings ? { ...settings, USE_TZ: false } : settings);

export const program: fc.Arbitrary<Program> = fc.record({
  settings: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: settings }),
  requests: fc.array(requestPlan, { minLength: 2, maxLength: 8 }),
});

const OPTIONS: Record<string, keyof SessionsOptions> = {
  SESSION_SAVE_EVERY_REQUEST: 'saveEveryRequest',
  SESSION_EXPIRE_AT_BROWSER_CLOSE: 'expireAtBrowserClose',
  SESSION_COOKIE_AGE: 'cookieAge',
  SESSION_COOKIE_PATH: 'cookiePath',
  SESSION_COOKIE_DOMAIN: 'cookieDomain',
  SESSION_COOKIE_SECURE: 'cookieSecure',
  SESSION_COOKIE_HTTPONLY: 'cookieHttpOnly',
  SESSION_COOKIE_SAMESITE: 'cookieSameSite',
  TIME_ZONE: 'timeZone',
};

// ── the two servers ──────────────────────────────────────────────────────────

interface Peer {
  port: number;
  /** The end of what it printed of errors that no program told it to make. */
  errors?(): string;
  close(): Promise<void>;
}

/** Django on a store; resolves when it listens. */
export async function startDjango(
  python: string,
  store: TestStore,
  extra: { settings?: Record<string, unknown>; fallbacks?: string[] } = {},
): Promise<Peer> {
  const config = { secret_key: SECRET, ...store.django, ...extra };
  const child: ChildProcess = spawn(python, [pythonFile('project.py'), JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(Number(line)));
    child.once('close', () => reject(new Error(`Django ended:\n${errors}`)));
  });
  return {
    port,
    errors: () => errors,
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** Each has connections of its own, and a database has only so many. */
const MAX_SETTINGS = 8;

/** Ours on a store, with the settings that the request names. */
export async function startOurs(store: TestStore): Promise<Peer> {
  const bySettings = new Map<string, { sessions: Sessions; listener: ReturnType<typeof nodeSessions> }>();
  const sessionsFor = (text: string) => {
    let found = bySettings.get(text);
    if (found === undefined) {
      const overrides = Object.entries(JSON.parse(text) as Record<string, unknown>).flatMap(([name, value]) =>
        name in OPTIONS ? [[OPTIONS[name], value]] : [],
      );
      const sessions = createSessions({
        ...store.options,
        ...Object.fromEntries(overrides),
        logger: { warn() {} },
      } as SessionsOptions);
      const listener = nodeSessions(sessions, async (request, response, session) => {
        const plan = JSON.parse(request.headers['x-program'] as string) as RequestPlan;
        const results: unknown[] = [];
        for (const instruction of plan.steps) results.push(await runStep(session, instruction));
        if (plan.raises) throw Object.assign(new Error('as told'), { isExpected: true });
        const body = Buffer.from(JSON.stringify(results, refuseFunctions));
        response.statusCode = plan.status;
        response.setHeader('Content-Type', 'application/json');
        if (plan.vary !== null) response.setHeader('Vary', plan.vary);
        response.setHeader('Set-Cookie', 'other=kept; Path=/');
        if (!plan.streams) return response.end(body);
        response.write(body.subarray(0, 5));
        return response.end(body.subarray(5));
      });
      bySettings.set(text, (found = { sessions, listener }));
      const [oldest] = bySettings;
      if (bySettings.size > MAX_SETTINGS && oldest !== undefined) {
        bySettings.delete(oldest[0]);
        void oldest[1].sessions.close();
      }
    }
    return found;
  };
  await sessionsFor('{}').sessions.createTable();
  const server: Server = createServer((request, response) =>
    sessionsFor((request.headers['x-settings'] as string | undefined) ?? '{}').listener(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...bySettings.values()].map(({ sessions }) => sessions.close()));
    },
  };
}

/** Python's JSON refuses what is none; JavaScript's leaves it out. */
function refuseFunctions(_key: string, value: unknown): unknown {
  if (typeof value === 'function') throw new TypeError('a function is no JSON');
  return value;
}

async function runStep(session: Session, [name, ...args]: Step): Promise<unknown> {
  try {
    const result = await call(session, name, args);
    return result instanceof Map ? Object.fromEntries(result) : (result ?? null);
  } catch (error) {
    for (const expected of [MissingKeyError, UpdateError, CreateError])
      if (error instanceof expected) return error.name;
    throw error;
  }
}

async function call(session: Session, name: string, args: unknown[]): Promise<unknown> {
  switch (name) {
    case 'accessed':
    case 'modified':
      return session[name];
    case 'setModified':
      session.modified = args[0] as boolean;
      return null;
    case 'hasKey':
      return session.sessionKey !== null;
    case 'nested': {
      const held = await session.get(args[0] as string);
      if (Array.isArray(held)) held.push('nested');
      return null;
    }
    case 'setExpiryDate':
      return session.setExpiry(new Date(Date.now() + (args[0] as number) * 1000));
    case 'getExpiryAge':
      return { seconds: await session.getExpiryAge() };
    case 'getExpiryDate':
      return { seconds: ((await session.getExpiryDate()).getTime() - Date.now()) / 1000 };
    case 'exists':
      return session.exists(session.sessionKey ?? UNKNOWN_KEY);
    case 'saveNew':
      return session.save({ mustCreate: true });
    case 'setUnserializable':
      return session.set('odd', () => 1);
    default:
      return (session as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args);
  }
}

// ── one run ──────────────────────────────────────────────────────────────────

interface Answer {
  status: number;
  vary: string | undefined;
  setCookies: string[];
  body: string;
}

/** One connection to each server: Django's answers one connection until it ends. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const ANSWER_LIMIT_MS = 20_000;

export function ask(
  port: number,
  plan: RequestPlan,
  settingsText: string,
  cookie: string | undefined,
): Promise<Answer> {
  const { steps, status, raises, streams, vary } = plan;
  const programText = JSON.stringify({ steps, status, raises, streams, vary });
  const ascii = programText.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: '/run',
        method: plan.method,
        headers: {
          'x-program': ascii,
          'x-settings': settingsText,
          ...(cookie === undefined ? {} : { cookie }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () =>
          resolve({
            status: response.statusCode!,
            vary: response.headers.vary,
            setCookies: response.headers['set-cookie'] ?? [],
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.setTimeout(ANSWER_LIMIT_MS, () => request.destroy(new Error(`no answer to ${programText}`)));
    request.once('error', reject);
    request.end();
  });
}

/** What a browser keeps and sends, as values: attributes are compared, not obeyed. */
class Jar {
  value: string | undefined;
  first: string | undefined;
  /** Of this program alone: where a program makes a record under it, no later one finds it. */
  readonly #unknown: string;
  readonly #names = new Map<string, string>();

  constructor(unknown: string) {
    this.#unknown = unknown;
  }

  header(how: RequestPlan['cookie']): string | undefined {
    const held = this.value;
    switch (how) {
      case 'jar':
        return held === undefined ? undefined : `sessionid=${held}`;
      case 'none':
        return undefined;
      case 'first':
        return this.first === undefined ? undefined : `sessionid=${this.first}`;
      case 'tampered':
        return held === undefined ? undefined : `sessionid=${held.slice(0, -1)}${held.endsWith('0') ? '1' : '0'}`;
      case 'short':
        return 'sessionid=abc';
      case 'empty':
        return 'sessionid=';
      case 'unknown':
        return `sessionid=${this.#unknown}`;
      case 'odd':
        return 'sessionid=../../../etc/passwd';
      case 'twice':
        return `sessionid=zzzzzzzzzzzzzzzz; a=b; sessionid=${held ?? this.#unknown}`;
      case 'quoted':
        return `x; sessionid="${held ?? this.#unknown}" ; other`;
    }
  }

  take(answer: Answer): void {
    for (const line of answer.setCookies) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (name !== 'sessionid') continue;
      const plain = value.replace(/^"(.*)"$/, '$1');
      this.value = plain === '' || (maxAge !== undefined && maxAge === 0) ? undefined : plain;
      if (this.value !== undefined) this.first ??= this.value;
    }
  }

  /** Keys are random: named by when they came. */
  nameOf(value: string): string {
    if (!this.#names.has(value)) this.#names.set(value, `key ${this.#names.size}`);
    return this.#names.get(value)!;
  }
}

/** What must agree, with what is random or a moment of the clock taken out. */
async function observe(answer: Answer, jar: Jar, reader: Sessions, isCookie: boolean): Promise<unknown> {
  const cookies = await Promise.all(
    answer.setCookies.map(async (line) => {
      const { name, value = '', maxAge, expires, ...attributes } = parseSetCookie(line);
      const plain = value.replace(/^"(.*)"$/, '$1');
      const isOurs = name === 'sessionid' && plain !== '';
      const seconds = maxAge ?? null;
      const until = expires === undefined ? null : (expires.getTime() - Date.now()) / 1000;
      return {
        name,
        value: !isOurs ? plain : isCookie ? await describe(reader, plain) : jar.nameOf(plain),
        maxAge: about(seconds),
        expires: until === null || expires!.getTime() === 0 ? (until === null ? null : 'never was') : about(until),
        ...attributes,
        sameSite: attributes.sameSite ?? null,
      };
    }),
  );
  const held = jar.value;
  return {
    status: answer.status,
    vary: answer.vary?.toLowerCase() ?? null,
    cookies,
    body: answer.body.startsWith('[')
      ? JSON.parse(answer.body, (_name, item: unknown) =>
          typeof item === 'object' && item !== null && 'seconds' in item
            ? about(item.seconds as number)
            : typeof item === 'string'
              ? maskTime(item)
              : item,
        )
      : 'an error page',
    record: held === undefined ? null : await describe(reader, held),
  };
}

/** A time of now, stored as text, differs between two runs; whether it tells its offset must not. */
const maskTime = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(\+00:00)?/g, 'TIME$1');

/** Two runs happen at different moments: a few seconds apart are the same. */
const about = (seconds: number | null): number | null =>
  // The sum makes 0 of -0.
  seconds === null ? null : (Math.abs(seconds) < 30 ? Math.trunc(seconds / 30) : Math.round(seconds / 30) * 30) + 0;

async function describe(reader: Sessions, sessionKey: string): Promise<unknown> {
  const reading = await reader.peek(sessionKey);
  if (!('data' in reading)) return reading.outcome;
  return {
    outcome: reading.outcome,
    data: maskTime(writeSessionJson(reading.data)),
    expires: reading.expiresAt === null ? null : about((reading.expiresAt.getTime() - Date.now()) / 1000),
  };
}

/** A store that both servers can be started on, with a reader that looks without a trace. */
export interface Side {
  django: Peer;
  ours: Peer;
  /** For records whose times are in this zone. */
  reader(timeZone: string | undefined): Sessions;
}

export interface Rig {
  name: string;
  /** Django alone, ours alone, both on one store. */
  apart: Side;
  own: Side;
  shared: Side;
  /** Django below 5.2 leaves `Vary` out where only the cookie is set. */
  hasNewVary: boolean;
}

/** Runs a program three times; throws what differs. */
export async function runProgram(rig: Rig, { settings, requests }: Program): Promise<void> {
  const isCookie = rig.name === 'signed_cookies';
  const text = djangoSettings(settings);
  const timeZone = settings['TIME_ZONE'] as string | undefined;
  const unknown = randomBytes(16).toString('hex');
  const runs = [
    { side: rig.apart, who: () => 'django' as const, jar: new Jar(unknown) },
    { side: rig.own, who: () => 'ours' as const, jar: new Jar(unknown) },
    {
      side: rig.shared,
      who: (plan: RequestPlan) => (plan.byDjango ? ('django' as const) : ('ours' as const)),
      jar: new Jar(unknown),
    },
  ];
  for (const [index, plan] of requests.entries()) {
    const seen = await Promise.all(
      runs.map(async ({ side, who, jar }) => {
        const answer = await ask(side[who(plan)].port, plan, text, jar.header(plan.cookie));
        jar.take(answer);
        return observe(answer, jar, side.reader(timeZone), isCookie);
      }),
    );
    const [django, ours, shared] = seen.map((each) => forVersion(each, rig.hasNewVary));
    for (const [name, other] of [
      ['ours', ours],
      ['shared', shared],
    ] as const)
      // The order of a cookie's attributes means nothing.
      if (!isDeepStrictEqual(other, django))
        throw new Error(
          `${rig.name}, request ${index}, ${name} differs\nsettings ${text}\nplan ${JSON.stringify(plan)}\ndjango ${JSON.stringify(django, null, 1)}\n${name} ${JSON.stringify(other, null, 1)}\nDjango last said: ${lastOf(rig.apart.django)}${lastOf(rig.shared.django)}`,
        );
  }
}

const lastOf = (peer: Peer): string => (peer.errors?.() ?? '').slice(-800);

function forVersion(observed: unknown, hasNewVary: boolean): unknown {
  if (hasNewVary) return observed;
  const { vary, ...rest } = observed as { vary: string | null; cookies: { name: string }[] };
  return rest.cookies.some(({ name }) => name === 'sessionid') ? rest : { vary, ...rest };
}
