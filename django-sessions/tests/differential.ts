/**
 * The same program of requests through real Django and through ours, over HTTP. A third run shares one store between
 * both and sends each request to one of them. After each request everything that a browser or a store could notice must
 * agree.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { parseSetCookie } from 'cookie';
import { writeSessionJson } from '../src/codec/json-write.ts';
import type { Sessions } from '../src/core.ts';
import type { Peer } from './program-servers.ts';
import { djangoSettings, type Program, type RequestPlan } from './programs.ts';

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

/** A time of now, stored as text, differs between two runs; whether it shows its offset must not. */
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

/** A store that both servers can be started on, with a reader that looks without changing anything. */
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
